#include "transport/plain_connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "transport/lookup.hpp"
#include "transport/quietly.hpp"

namespace carillon::http {
namespace {

bool would_block(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

void PlainConnection::close() {
  keep_ = false;
  socket_->close();
}

std::string PlainConnection::describe(const error_code& error) const {
  if (socket_->timed_out()) return "no answer in time";
  if (socket_->closed()) return net::given_up;
  if (error == asio::error::eof) return "the server closed the connection without an answer";
  return socket_->why(error);
}

Task<void> PlainConnection::open(const Plain& to, Time deadline) {
  auto connected = co_await socket_->connect(to.host, to.port, deadline);
  if (socket_->closed()) co_return unreachable(net::given_up);
  if (!connected) co_return connected;
  error_code ignored;
  socket_->tcp_socket().non_blocking(true, ignored);
  co_return ok();
}

Task<void> PlainConnection::write(const Request& request, const Plain& to) {
  const std::array<asio::const_buffer, 2> all{asio::buffer(to.head), asio::buffer(request.body)};
  const std::size_t size = to.head.size() + request.body.size();
  error_code error;
  std::size_t sent = socket_->tcp_socket().write_some(all, error);
  if (would_block(error)) error = {};
  while (!error && sent < size) {
    const bool in_body = sent >= to.head.size();
    const auto rest =
        in_body ? asio::buffer(request.body) + (sent - to.head.size()) : asio::buffer(to.head) + sent;
    const auto [failed, more] = co_await socket_->tcp_socket().async_write_some(rest, quietly);
    error = failed;
    sent += more;
  }
  if (error) co_return unreachable(describe(error));
  co_return ok();
}

Task<bool> PlainConnection::read(AnswerReader& reader) {
  bool any = false;
  while (!reader.done()) {
    auto [error] = co_await socket_->tcp_socket().async_wait(asio::socket_base::wait_read, quietly);
    std::size_t count = 0;
    if (!error) count = socket_->tcp_socket().read_some(asio::buffer(buffer_), error);
    if (would_block(error)) continue;
    if (error == asio::error::eof && any) {
      reader.end();
    } else if (error) {
      const std::string why = describe(error);
      if (!any && !given_up()) co_return false;
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
  socket_->allow(deadline);
  keep_ = false;
  stale_ = false;
  const auto written = co_await write(request, to);
  if (!written && given_up()) co_return tl::unexpected(written.error());
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
  socket_->allow(Time::max());
  co_return reader.take();
}

}  // namespace carillon::http
