#include "transport/websocket.hpp"

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <optional>

#include "base/encoding.hpp"
#include "transport/websocket_url.hpp"

namespace carillon::websocket {
namespace {

namespace beast = boost::beast;
namespace ws = beast::websocket;
using Error = boost::system::error_code;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

using Plain = ws::stream<beast::tcp_stream>;
using Secure = ws::stream<asio::ssl::stream<beast::tcp_stream>>;

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

template <class Stream>
class StreamConnection final : public Connection {
 public:
  template <class... Args>
  StreamConnection(std::string shown, Args&&... args)
      : shown_(std::move(shown)), stream_(std::forward<Args>(args)...) {}

  Stream& stream() { return stream_; }

  Task<std::string> read() override {
    const auto [error, size] = co_await stream_.async_read(buffer_, tuple);
    if (error) {
      throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
      co_return unreachable(shown_ + ": " + explain(error));
    }
    std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    co_return text;
  }

  Task<void> write(std::string text) override {
    const auto [error, size] = co_await stream_.async_write(asio::buffer(text), tuple);
    if (error) {
      throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
      co_return unreachable(shown_ + ": " + explain(error));
    }
    co_return ok();
  }

  asio::awaitable<void> close() override {
    co_await stream_.async_close(ws::close_code::normal,
                                 tuple);  // the handshake's time limit holds here, too
    abort();
  }

  void abort() override { beast::get_lowest_layer(stream_).close(); }

 private:
  std::string shown_;
  Stream stream_;
  beast::flat_buffer buffer_;
};

template <class Stream>
void configure(Stream& stream, const Options& options) {
  ws::stream_base::timeout timeout{};
  timeout.handshake_timeout = options.connect_timeout;
  timeout.idle_timeout = options.idle_timeout;
  timeout.keep_alive_pings = true;
  stream.set_option(timeout);
  stream.set_option(ws::stream_base::decorator([headers = options.headers](ws::request_type& request) {
    request.set(beast::http::field::user_agent, "carillon/" CARILLON_VERSION);
    for (const auto& [name, value] : headers)
      request.set(name, value);
  }));
  stream.read_message_max(options.max_message);
  stream.auto_fragment(false);
}

Task<void> connect_tcp(beast::tcp_stream& stream, const Url& url) {
  asio::ip::tcp::resolver resolver(stream.get_executor());
  const auto [resolve_error, endpoints] = co_await resolver.async_resolve(url.host, url.port, tuple);
  if (resolve_error) {
    throw_if_cancelled(resolve_error, co_await asio::this_coro::cancellation_state);
    co_return unreachable("cannot resolve " + url.host + ": " + explain(resolve_error));
  }
  const auto [error, endpoint] = co_await stream.async_connect(endpoints, tuple);
  if (error) {
    throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
    co_return unreachable("cannot connect: " + explain(error));
  }
  Error ignored;
  stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return ok();
}

Task<void> connect_tls(asio::ssl::stream<beast::tcp_stream>& stream, const Url& url, bool verify) {
  if (!url.numeric) SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  if (verify) {
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  } else {
    stream.set_verify_mode(asio::ssl::verify_none);
  }
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, tuple);
  if (error) {
    throw_if_cancelled(error, co_await asio::this_coro::cancellation_state);
    co_return unreachable("TLS: " + explain(error));
  }
  co_return ok();
}

template <class Stream>
Task<void> upgrade(Stream& stream, const Url& url) {
  beast::get_lowest_layer(stream).expires_never();  // from here the stream keeps its own time
  ws::response_type response;
  const auto [error] = co_await stream.async_handshake(response, url.authority, url.target, tuple);
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

Task<std::unique_ptr<Connection>> connect_plain(const Options& options, const Url& url) {
  auto connection = std::make_unique<StreamConnection<Plain>>(url.shown, co_await asio::this_coro::executor);
  auto& stream = connection->stream();
  configure(stream, options);
  beast::get_lowest_layer(stream).expires_after(options.connect_timeout);
  auto connected = co_await connect_tcp(beast::get_lowest_layer(stream), url);
  if (connected) connected = co_await upgrade(stream, url);
  if (!connected) co_return tl::unexpected<Failure>(about(url, std::move(connected.error())));
  co_return std::unique_ptr<Connection>(std::move(connection));
}

Task<std::unique_ptr<Connection>> connect_secure(const Options& options, const Url& url) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  Error ignored;
  context.set_default_verify_paths(ignored);
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, ignored);
  auto connection =
      std::make_unique<StreamConnection<Secure>>(url.shown, co_await asio::this_coro::executor, context);
  auto& stream = connection->stream();
  configure(stream, options);
  beast::get_lowest_layer(stream).expires_after(options.connect_timeout);
  auto connected = co_await connect_tcp(beast::get_lowest_layer(stream), url);
  if (connected) connected = co_await connect_tls(stream.next_layer(), url, options.verify);
  if (connected) connected = co_await upgrade(stream, url);
  if (!connected) co_return tl::unexpected<Failure>(about(url, std::move(connected.error())));
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
  if (url->secure) co_return co_await connect_secure(options, *url);
  co_return co_await connect_plain(options, *url);
}

}  // namespace carillon::websocket
