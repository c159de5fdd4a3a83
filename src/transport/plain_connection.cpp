#include "transport/plain_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/write.hpp>

#include "transport/lookup.hpp"
#include "transport/lookups.hpp"
#include "transport/quietly.hpp"

namespace carillon::http {
namespace {

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
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
  for (const auto& endpoint : *endpoints) {
    if (closed_) co_return unreachable("given up because Carillon stops");
    error_code ignored;
    socket_.close(ignored);
    timed_out_ = false;
    const auto now = std::chrono::steady_clock::now();
    allow(now + (deadline - now) / untried--);  // an address that does not answer leaves time for the others
    const auto [error] = co_await socket_.async_connect(endpoint, quietly);
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
  return keep_ && net::Lookups::of(socket_.get_executor()).may_serve_again(socket_);
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

Task<bool> PlainConnection::read(AnswerReader& reader) {
  bool any = false;
  while (!reader.done()) {
    auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, quietly);
    std::size_t count = 0;
    if (!error) count = socket_.read_some(asio::buffer(buffer_), error);
    if (would_block(error)) continue;
    if (error == asio::error::eof && any) {
      reader.end();
    } else if (error) {
      const std::string why = describe(error);
      if (!any && !timed_out_ && !closed_) co_return false;
      co_return unreachable(why);
    } else {
      any = true;
      reader.feed({buffer_.data(), count});
    }
    if (!reader.error().empty()) co_return unreachable(reader.error());
  }
  co_return true;
}

Task<Response> PlainConnection::exchange(const Request& request, const Plain& to, Time deadline) {
  allow(deadline);
  keep_ = false;
  stale_ = false;
  const auto written = co_await write(request, to);
  if (!written && (timed_out_ || closed_)) co_return tl::unexpected(written.error());
  AnswerReader reader(request.method == "HEAD", request.max_body);
  // A server may refuse, and say so, before it has read everything.
  const auto done = co_await read(reader);
  if (!done) {
    Response response = reader.take();
    if (is_enough(request, response)) co_return response;
    co_return tl::unexpected(done.error());
  }
  if (!*done) {
    stale_ = true;
    co_return unreachable(written ? "the server closed the connection without an answer"
                                  : written.error().what);
  }
  keep_ = written && reader.keeps_connection();
  deadline_ = Time::max();
  co_return reader.take();
}

}  // namespace carillon::http
