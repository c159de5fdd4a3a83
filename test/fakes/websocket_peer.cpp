#include "fakes/websocket_peer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace carillon::fakes {

namespace asio = boost::asio;
namespace beast = boost::beast;

struct WebsocketPeer::Stream : beast::websocket::stream<beast::tcp_stream, false> {
  using stream::stream;
};

WebsocketPeer::WebsocketPeer(asio::ip::tcp::socket socket)
    : stream_(std::make_unique<Stream>(std::move(socket))) {}
WebsocketPeer::~WebsocketPeer() = default;

asio::awaitable<void> WebsocketPeer::accept(std::string head) {
  co_await stream_->async_accept(asio::buffer(head), asio::use_awaitable);
}

asio::awaitable<std::optional<std::string>> WebsocketPeer::read() {
  beast::flat_buffer buffer;
  const auto [error, size] = co_await stream_->async_read(buffer, asio::as_tuple(asio::use_awaitable));
  if (error) co_return std::nullopt;
  co_return beast::buffers_to_string(buffer.data());
}

asio::awaitable<bool> WebsocketPeer::write(std::string text) {
  stream_->text(true);
  const auto [error, size] =
      co_await stream_->async_write(asio::buffer(text), asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

asio::awaitable<void> WebsocketPeer::leave() {
  co_await stream_->async_close(beast::websocket::close_code::going_away, asio::use_awaitable);
}

asio::awaitable<void> WebsocketPeer::write_raw(std::string bytes) {
  co_await asio::async_write(stream_->next_layer().socket(), asio::buffer(bytes), asio::use_awaitable);
}

void WebsocketPeer::drop() {
  boost::system::error_code ignored;
  stream_->next_layer().socket().close(ignored);
}

asio::any_io_executor WebsocketPeer::executor() {
  return stream_->get_executor();
}

}  // namespace carillon::fakes
