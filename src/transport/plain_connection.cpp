#include "transport/plain_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/letters.hpp"
#include "transport/lookup.hpp"

namespace carillon::http {
namespace {

namespace bhttp = boost::beast::http;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t max_header = std::uint32_t{256} << 10U;

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

std::string header_too_large() {
  return "the header of the answer is larger than " + std::to_string(max_header) + " bytes";
}

Response to_response(bhttp::response<bhttp::string_body>&& message) {
  Response response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const std::string_view name(field.name_string().data(), field.name_string().size());
    response.headers.emplace_back(lower(name), std::string(field.value()));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

void PlainConnection::close() {
  closed_ = true;
  keep_ = false;
  error_code ignored;
  socket_.close(ignored);
  watchdog_.cancel();
}

void PlainConnection::rest() {
  watching_ = false;
  watchdog_.cancel();
}

// Deadlines mostly move into the future: the watchdog notices by itself and needs no new timer each time.
void PlainConnection::allow(Time deadline) {
  deadline_ = deadline;
  if (watching_ && watchdog_.expiry() <= deadline_) return;
  watching_ = true;
  watchdog_.expires_at(deadline_);
  watchdog_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->watch();
  });
}

void PlainConnection::watch() {
  watching_ = false;
  if (deadline_ == Time::max()) return;  // idle
  if (std::chrono::steady_clock::now() < deadline_) return allow(deadline_);
  timed_out_ = true;
  error_code ignored;
  socket_.close(ignored);
}

std::string PlainConnection::describe(const error_code& error) const {
  if (timed_out_) return "no answer in time";
  if (closed_) return "given up because Carillon stops";
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);  // cancelled
  if (error == asio::error::eof) return "the server closed the connection without an answer";
  return error.message();
}

Task<void> PlainConnection::open(const Plain& to, Time deadline) {
  auto endpoints = co_await net::look_up(socket_.get_executor(), to.host, to.port, deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  std::string why;
  auto untried = static_cast<int>(endpoints->size());
  for (const auto& entry : *endpoints) {
    if (closed_) co_return unreachable("given up because Carillon stops");
    error_code ignored;
    socket_.close(ignored);
    timed_out_ = false;
    const auto now = std::chrono::steady_clock::now();
    allow(now + (deadline - now) / untried--);  // an address that does not answer leaves time for the others
    const auto [error] = co_await socket_.async_connect(entry.endpoint(), quietly);
    if (!error) {
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.set_option(asio::socket_base::keep_alive(true), ignored);
      socket_.non_blocking(true, ignored);
      co_return ok();
    }
    why = "cannot connect to " + to.host + " port " + to.port + ": " + describe(error);
  }
  co_return unreachable(why);
}

bool PlainConnection::reusable() {
  if (!keep_ || !socket_.is_open()) return false;
  char byte = 0;
  const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);  // else it was closed, or talks out of turn
}

Task<void> PlainConnection::write(const Request& request, const Plain& to) {
  const std::array<asio::const_buffer, 2> all{asio::buffer(to.head), asio::buffer(request.body)};
  const std::size_t size = to.head.size() + request.body.size();
  error_code error;
  std::size_t sent = socket_.write_some(all, error);
  if (would_block(error)) error = {};
  while (!error && sent < size) {
    const bool in_body = sent >= to.head.size();
    const auto rest =
        in_body ? asio::buffer(request.body) + (sent - to.head.size()) : asio::buffer(to.head) + sent;
    const auto [failed, more] = co_await socket_.async_write_some(rest, quietly);
    error = failed;
    sent += more;
  }
  if (error) co_return unreachable(describe(error));
  co_return ok();
}

std::unique_ptr<PlainConnection::Parser> PlainConnection::new_parser(const Request& request) {
  auto parser = std::make_unique<Parser>();
  parser->eager(true);
  parser->header_limit(max_header);
  parser->body_limit(request.max_body);
  parser->skip(request.method == "HEAD");
  return parser;
}

Task<bool> PlainConnection::read(const Request& request, std::unique_ptr<Parser>& parser) {
  bool any = false;
  while (!parser->is_done()) {
    if (held_ == buffer_.size()) {  // the parser wants the whole header at once
      if (held_ > max_header) co_return unreachable(header_too_large());
      buffer_.resize(2 * held_);
    }
    auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, quietly);
    std::size_t count = 0;
    if (!error) count = socket_.read_some(asio::buffer(buffer_) + held_, error);
    if (would_block(error)) continue;
    if (error == asio::error::eof && any) {
      parser->put_eof(error);
      if (!error && parser->is_done()) break;  // an answer that ends with its connection
      co_return unreachable("the server closed the connection in the middle of its answer");
    }
    if (error) {
      const std::string why = describe(error);
      if (!any && !timed_out_ && !closed_) co_return false;
      co_return unreachable(why);
    }
    any = true;
    held_ += count;
    const std::size_t used = parser->put(asio::buffer(buffer_.data(), held_), error);
    if (error == bhttp::error::need_more) error = {};
    std::copy(buffer_.data() + used, buffer_.data() + held_, buffer_.data());
    held_ -= used;
    if (error == bhttp::error::body_limit) {
      co_return unreachable("the answer is larger than " + std::to_string(request.max_body) + " bytes");
    }
    if (error == bhttp::error::header_limit) {
      co_return unreachable(header_too_large());
    }
    if (error) co_return unreachable("not an answer in HTTP: " + error.message());
    const unsigned status = parser->is_header_done() ? parser->get().result_int() : 0;
    if (parser->is_done() && status >= 100 && status < 200 && status != 101) parser = new_parser(request);
  }
  co_return true;
}

Task<Response> PlainConnection::exchange(const Request& request, const Plain& to, Time deadline) {
  allow(deadline);
  keep_ = false;
  stale_ = false;
  held_ = 0;
  const auto written = co_await write(request, to);
  if (!written && (timed_out_ || closed_)) co_return tl::unexpected(written.error());
  auto parser = new_parser(request);
  // A server may refuse, and say so, before it has read everything.
  auto done = co_await read(request, parser);
  if (!done) co_return tl::unexpected(done.error());
  if (!*done) {
    stale_ = true;
    co_return unreachable(written ? "the server closed the connection without an answer"
                                  : written.error().what);
  }
  keep_ = static_cast<bool>(written) && parser->keep_alive() && held_ == 0;
  deadline_ = Time::max();
  co_return to_response(parser->release());
}

}  // namespace carillon::http
