#include "transport/websocket.hpp"

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <charconv>

#include "base/encoding.hpp"
#include "transport/http_request.hpp"
#include "transport/quietly.hpp"
#include "transport/stream.hpp"
#include "transport/websocket_url.hpp"

namespace carillon::websocket {
namespace {

namespace beast = boost::beast;
namespace ws = beast::websocket;
using Error = boost::system::error_code;
using namespace std::chrono_literals;

// Cancellation of the awaiting coroutine is no failure of the connection.
void throw_if_cancelled(const Error& error, const asio::cancellation_state& state) {
  if (state.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(error);
}

std::string explain(const Error& error) {
  if (error == beast::error::timeout) return "no answer in time";
  if (error == ws::error::closed || error == asio::error::eof) return "closed by the other side";
  if (error == asio::error::operation_aborted) return "closed";
  return fold_to_line(error.message());
}

// What Beast's websocket stream reads and writes: a net::Stream, its buffers and handlers of one type each.
// Beast's operations are compiled once that way, and not again for TCP, for TLS and for each buffer sequence.
class Layer {
 public:
  using executor_type = asio::any_io_executor;
  explicit Layer(std::shared_ptr<net::Stream> stream) : stream_(std::move(stream)) {}
  executor_type get_executor() { return stream_->executor(); }
  void close() { stream_->close(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(Error, std::size_t)>(
        [](auto handler, net::Stream* stream, asio::mutable_buffer into) {
          stream->read_some(into, net::Stream::Done(std::move(handler)));
        },
        token, stream_.get(), first_of<asio::mutable_buffer>(buffers));
  }

  // Writes a piece: a frame's header and its text go out as one where they fit into it.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    piece_.resize(std::min(asio::buffer_size(buffers), largest_piece));
    asio::buffer_copy(asio::buffer(piece_), buffers);
    return asio::async_initiate<Token, void(Error, std::size_t)>(
        [](auto handler, net::Stream* stream, asio::const_buffer from) {
          stream->write_some(from, net::Stream::Done(std::move(handler)));
        },
        token, stream_.get(), asio::const_buffer(asio::buffer(piece_)));
  }

 private:
  static constexpr std::size_t largest_piece = std::size_t{64} << 10U;

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const Buffer buffer(*it);
      if (buffer.size() > 0) return buffer;
    }
    return Buffer();
  }

  std::shared_ptr<net::Stream> stream_;
  std::string piece_;
};

// Beast finds these by the type of their argument.
template <class Handler>
void async_teardown(beast::role_type, Layer& layer, Handler&& handler) {
  layer.close();
  asio::post(layer.get_executor(), beast::bind_front_handler(std::forward<Handler>(handler), Error()));
}
void beast_close_socket(Layer& layer) {
  layer.close();
}

using Stream = ws::stream<Layer, false>;  // without compression: Buildbot offers none

class StreamConnection final : public Connection {
 public:
  StreamConnection(std::string shown, std::shared_ptr<net::Stream> stream)
      : shown_(std::move(shown)), stream_(std::move(stream)) {}

  Stream& stream() { return stream_; }

  Task<std::string> read() override {
    const auto [error, size] = co_await stream_.async_read(buffer_, quietly);
    if (error) {
      throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
      co_return unreachable(shown_ + ": " + explain(error));
    }
    std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    co_return text;
  }

  Task<void> write(std::string text) override {
    const auto [error, size] = co_await stream_.async_write(asio::buffer(text), quietly);
    if (error) {
      throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
      co_return unreachable(shown_ + ": " + explain(error));
    }
    co_return ok();
  }

  asio::awaitable<void> close() override {
    co_await stream_.async_close(ws::close_code::normal, quietly);  // within the handshake's time limit
    abort();
  }

  void abort() override { stream_.next_layer().close(); }

 private:
  std::string shown_;
  Stream stream_;
  beast::flat_buffer buffer_;
};

void configure(Stream& stream, const Options& options, std::chrono::milliseconds left) {
  ws::stream_base::timeout timeout{};
  timeout.handshake_timeout = left;
  timeout.idle_timeout = options.idle_timeout;
  timeout.keep_alive_pings = true;
  stream.set_option(timeout);
  stream.set_option(ws::stream_base::decorator([headers = options.headers](ws::request_type& request) {
    request.set(beast::http::field::user_agent, http::user_agent);
    for (const auto& [name, value] : headers)
      request.set(name, value);
  }));
  stream.read_message_max(options.max_message);
  stream.auto_fragment(false);
}

Task<void> upgrade(Stream& stream, const Url& url) {
  ws::response_type response;
  const auto [error] = co_await stream.async_handshake(response, url.authority, url.target, quietly);
  if (!error) co_return ok();
  throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
  if (error != ws::error::upgrade_declined) co_return unreachable("no WebSocket: " + explain(error));
  const auto text = "the upgrade was answered with HTTP " + std::to_string(response.result_int());
  const bool refused = response.result_int() >= 400 && response.result_int() < 500;
  co_return refused ? Result<void>(rejected(text)) : Result<void>(unreachable(text));
}

Failure about(const Url& url, Failure failure) {
  failure.what = url.shown + ": " + failure.what;
  return failure;
}

Task<std::unique_ptr<Connection>> connect_to(const Options& options, const Url& url) {
  const auto deadline = std::chrono::steady_clock::now() + options.connect_timeout;
  const auto executor = co_await asio::this_coro::executor;
  std::uint16_t port = 0;
  std::from_chars(url.port.data(), url.port.data() + url.port.size(), port);
  const net::Peer peer{.host = url.host, .port = port, .tls = url.secure, .verify = options.verify};
  const auto stream = std::make_shared<net::Stream>(executor, peer, url.secure ? net::trust("") : nullptr);
  auto opened = co_await stream->open(options.connect_timeout);
  if (!opened) co_return tl::unexpected<Failure>(about(url, std::move(opened.error())));
  auto connection = std::make_unique<StreamConnection>(url.shown, stream);
  const auto left = deadline - std::chrono::steady_clock::now();
  configure(connection->stream(), options, std::max(std::chrono::ceil<std::chrono::milliseconds>(left), 1ms));
  auto upgraded = co_await upgrade(connection->stream(), url);
  if (!upgraded) co_return tl::unexpected<Failure>(about(url, std::move(upgraded.error())));
  co_return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace

Task<std::unique_ptr<Connection>> connect(Options options) {
  const auto url = parse_url(options.url);
  if (!url)
    co_return rejected("not a WebSocket URL: " + fold_to_line(options.url.substr(0, options.url.find('?'))));
  for (const auto& [name, value] : options.headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos) {
      co_return rejected(url->shown + ": the header '" + fold_to_line(name) + "' holds a line break");
    }
  }
  co_return co_await connect_to(options, *url);
}

}  // namespace carillon::websocket
