#include "web/connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/letters.hpp"
#include "web/header.hpp"
#include "web/relayed.hpp"

namespace carillon::web {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using Steady = std::chrono::steady_clock;

constexpr std::size_t header_piece = std::size_t{16} << 10U;
constexpr std::size_t body_piece = std::size_t{64} << 10U;
constexpr std::size_t most_lingering = std::size_t{64} << 20U;  // bytes that are thrown away
constexpr std::chrono::seconds when_busy{2};                    // come again after

bhttp::response<bhttp::string_body> to_message(Response response, unsigned version, bool keep_alive,
                                               bool only_head) {
  bhttp::response<bhttp::string_body> message(static_cast<bhttp::status>(response.status), version);
  message.set(bhttp::field::server, "carillon/" CARILLON_VERSION);
  message.set(bhttp::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers)
    message.insert(name, value);
  message.keep_alive(keep_alive);
  message.content_length(response.body.size());
  if (!only_head) message.body() = std::move(response.body);
  return message;
}

// Bytes of the bodies under way that are this one's.
class BodyShare {
 public:
  explicit BodyShare(Serving& serving) : serving_(serving) {}
  ~BodyShare() { serving_.bodies -= size_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

  // False: with that there would be too much under way.
  bool grow_to(std::size_t size) {
    if (size <= serving_.listen.small_body || size <= size_) return true;
    if (serving_.bodies - size_ + size > serving_.listen.bodies) return false;
    serving_.bodies += size - size_;
    size_ = size;
    return true;
  }

 private:
  Serving& serving_;
  std::size_t size_ = 0;
};

std::string without_mapping(const asio::ip::address_v6& address) {
  namespace ip = asio::ip;
  return address.is_v4_mapped() ? ip::make_address_v4(ip::v4_mapped, address).to_string()
                                : address.to_string();
}

class Connection {
 public:
  Connection(Serving& serving, tcp::socket socket, const asio::ip::address& other)
      : serving_(serving),
        stream_(std::move(socket)),
        address_(address_of(other)),
        peer_(other.is_v6() ? without_mapping(other.to_v6()) : other.to_string()) {}

  bool enter() {
    place_ = serving_.connections.enter(address_, [this] { stream_.close(); });
    return place_ != nullptr;
  }

  // There is no place. What fits into the socket's buffer is sent, and nobody waits for anything.
  void send_off() {
    serving_.refused.of({"connections"}).add();
    const auto message = to_message(busy_response(503, "too many connections", when_busy), 11, false, false);
    std::ostringstream text;
    text << message;
    boost::system::error_code ignored;
    stream_.socket().non_blocking(true, ignored);
    stream_.socket().send(asio::buffer(std::move(text).str()), 0, ignored);
  }

  asio::awaitable<void> run() {
    boost::system::error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    bool more = true;
    while (more && !serving_.stopping)
      more = co_await one_request();
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (unread_) co_await linger();
  }

 private:
  enum class Came { all, nothing, half, too_large, bare };

  std::string_view gathered() const {
    const auto bytes = buffer_.cdata();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
  }

  // False: the connection is at its end, or broken.
  asio::awaitable<bool> read_some(std::size_t size, Steady::time_point until) {
    stream_.expires_at(until);
    boost::system::error_code error;
    const std::size_t came = co_await stream_.async_read_some(
        buffer_.prepare(size), asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(came);
    co_return !error;
  }

  asio::awaitable<Came> read_header() {
    place_->wait();
    const bool first = !std::exchange(begun_, true);
    auto until = Steady::now() + (first ? serving_.listen.header_time : serving_.listen.idle_time);
    bool waits = !first && buffer_.size() == 0;
    for (;;) {
      const std::string_view text = gathered();
      header_size_ = size_of_header(text);
      if (header_size_ > serving_.listen.header) co_return Came::too_large;
      if (header_size_ > 0) co_return Came::all;
      if (has_bare_line_end(text)) co_return Came::bare;
      if (text.size() > serving_.listen.header) co_return Came::too_large;
      if (!co_await read_some(header_piece, until)) co_return text.empty() ? Came::nothing : Came::half;
      if (std::exchange(waits, false)) until = Steady::now() + serving_.listen.header_time;
    }
  }

  // False: this was the last one.
  asio::awaitable<bool> one_request() {
    switch (co_await read_header()) {
      case Came::all:
        break;
      case Came::too_large:
        co_return co_await refuse(error_response(431, "the header is too large"));
      case Came::bare:
        co_return co_await refuse(not_http("a line ends in LF alone"));
      default:
        co_return false;
    }
    place_->work();
    Parser parser;
    parser.body_limit(boost::none);
    parser.header_limit(static_cast<std::uint32_t>(serving_.listen.header));
    const std::string fault = parse_header(gathered().substr(0, header_size_), parser);
    buffer_.consume(header_size_);
    if (!fault.empty()) co_return co_await refuse(not_http(fault));
    keep_alive_ = parser.keep_alive();
    version_ = parser.get().version();
    Head head = head_of(parser);
    head.address = address_;
    head.peer = peer_;
    take_relayed(head, serving_.relay_password);
    only_head_ = head.method == "HEAD";
    BodyShare share(serving_);
    Router::Found found = serving_.router.find(head);
    if (!found.answer) found.answer = refusal(*found.route, head, parser, share);
    if (found.answer) {
      if (!parser.is_done()) co_return co_await refuse(std::move(*found.answer));
      co_return co_await respond(std::move(*found.answer));
    }
    if (!parser.is_done()) {
      if (auto refusal = co_await read_body(parser, *found.route, share))
        co_return co_await refuse(std::move(*refusal));
      if (!parser.is_done()) co_return false;  // the other side has gone
    }
    stream_.expires_never();
    Request request{std::move(head), std::move(parser.get().body())};
    const std::string shown = found.route->secret_path ? "a webhook" : request.path;
    Response response = co_await answer(*found.route, std::move(request), shown);
    co_return co_await respond(std::move(response));
  }

  static Response not_http(const std::string& why) {
    return error_response(400, "not an HTTP request that is understood: " + why);
  }

  // What else is decided before the body; a value: why not.
  std::optional<Response> refusal(const Route& route, const Head& head, Parser& parser, BodyShare& share) {
    if (route.refuse) {
      if (auto refused = route.refuse(head)) return refused;
    }
    if (parser.is_done()) return std::nullopt;
    const auto length = parser.content_length();
    if (length && *length > route.max_body) return too_large(route);
    if (length && !share.grow_to(static_cast<std::size_t>(*length))) return too_many_bodies();
    const auto expected = parser.get()[bhttp::field::expect];
    if (!expected.empty() && !same_letters({expected.data(), expected.size()}, "100-continue"))
      return error_response(417, "Expect: only '100-continue' is known");
    continues_ = !expected.empty() && version_ >= 11;
    return std::nullopt;
  }

  static Response too_large(const Route& route) {
    return error_response(413, route.max_body == 0 ? "this takes no body"
                                                   : "the body is too large: at most " +
                                                         std::to_string(route.max_body) + " bytes");
  }

  Response too_many_bodies() {
    serving_.refused.of({"bodies"}).add();
    return busy_response(503, "too much is under way", when_busy);
  }

  // A value: why not. Without one, the parser may still not be done: then the other side has gone.
  asio::awaitable<std::optional<Response>> read_body(Parser& parser, const Route& route, BodyShare& share) {
    const auto until = Steady::now() + serving_.listen.body_time;
    if (continues_ && buffer_.size() == 0 && !co_await say_continue(until)) co_return std::nullopt;
    while (!parser.is_done()) {
      boost::system::error_code error = bhttp::error::need_more;
      if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
      if (error && error != bhttp::error::need_more) co_return not_http(error.message());
      const std::size_t size = parser.get().body().size();
      if (size > route.max_body) co_return too_large(route);
      if (!share.grow_to(size)) co_return too_many_bodies();
      if (parser.is_done() || !error) continue;
      if (buffer_.size() >= body_piece) co_return not_http("a chunk's header is too large");
      if (!co_await read_some(body_piece, until)) break;
    }
    co_return std::nullopt;
  }

  asio::awaitable<bool> say_continue(Steady::time_point until) {
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_at(until);
    boost::system::error_code error;
    co_await asio::async_write(stream_, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  asio::awaitable<Response> answer(const Route& route, Request request, const std::string& shown) {
    try {
      co_return co_await route.handler(std::move(request));
    } catch (const std::exception& error) {
      serving_.log.error("web", "internal error at " + shown + ": " + error.what());
    }
    co_return route.broken ? route.broken() : error_response(500, "internal error");
  }

  asio::awaitable<bool> respond(Response response) {
    if (response.more) co_return co_await respond_in_pieces(std::move(response));
    const bool keep_alive = keep_alive_ && !serving_.stopping;
    const auto message = to_message(std::move(response), version_, keep_alive, only_head_);
    place_->wait();  // for the other side to read
    stream_.expires_after(serving_.listen.write_time);
    boost::system::error_code error;
    co_await bhttp::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, error));
    co_return !error && keep_alive;
  }

  // HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
  asio::awaitable<bool> respond_in_pieces(Response response) {
    const auto more = std::exchange(response.more, nullptr);
    const bool chunked = version_ >= 11;
    const bool keep_alive = chunked && keep_alive_ && !serving_.stopping;
    std::optional<std::string> piece = std::exchange(response.body, {});
    auto message = to_message(std::move(response), version_, keep_alive, true);
    message.content_length(boost::none);
    if (chunked) message.chunked(true);
    bhttp::response_serializer<bhttp::string_body> header(message);
    place_->work();  // it may be quiet for long, and is no one's to close
    boost::system::error_code error;
    const auto ends_at = [this] { stream_.expires_after(serving_.listen.write_time); };
    ends_at();
    co_await bhttp::async_write_header(stream_, header, asio::redirect_error(asio::use_awaitable, error));
    while (!error && piece && !only_head_ && !serving_.stopping) {
      ends_at();
      if (!piece->empty() && chunked) {
        co_await asio::async_write(stream_, bhttp::make_chunk(asio::buffer(*piece)),
                                   asio::redirect_error(asio::use_awaitable, error));
      } else if (!piece->empty()) {
        co_await asio::async_write(stream_, asio::buffer(*piece),
                                   asio::redirect_error(asio::use_awaitable, error));
      }
      if (error) break;
      stream_.expires_never();
      using asio::experimental::awaitable_operators::operator||;
      auto next = co_await (next_piece(more) || other_side_goes());
      if (next.index() == 1 || !std::get<0>(next)) co_return false;  // gone, or half of it is missing
      piece = std::move(*std::get<0>(next));
    }
    if (error || only_head_) co_return !error && keep_alive;
    if (piece) co_return false;  // the server stops
    ends_at();
    if (chunked)
      co_await asio::async_write(stream_, bhttp::make_chunk_last(),
                                 asio::redirect_error(asio::use_awaitable, error));
    co_return !error && keep_alive;
  }

  using Piece = std::optional<std::string>;

  // nullopt: a bug; the other side sees that the end is missing.
  asio::awaitable<std::optional<Piece>> next_piece(const std::function<asio::awaitable<Piece>()>& more) {
    try {
      co_return std::optional<Piece>(co_await more());
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;  // nobody listens any more
      serving_.log.error("web", std::string("internal error in an answer: ") + error.what());
    } catch (const std::exception& bug) {
      serving_.log.error("web", std::string("internal error in an answer: ") + bug.what());
    }
    co_return std::nullopt;
  }

  // Ends when the other side has gone; never while it may still read.
  asio::awaitable<void> other_side_goes() {
    boost::system::error_code error;
    co_await stream_.socket().async_wait(tcp::socket::wait_read,
                                         asio::redirect_error(asio::use_awaitable, error));
    char byte = 0;
    if (!error) stream_.socket().receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    if (error) co_return;
    // The next request, ahead of its time: what comes behind it cannot be seen.
    asio::steady_timer never(stream_.get_executor(), Steady::time_point::max());
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }

  // The last answer: what follows of the request is not read.
  asio::awaitable<bool> refuse(Response response) {
    unread_ = true;
    keep_alive_ = false;
    co_return co_await respond(std::move(response));
  }

  // Closed with something unread, a connection takes the answer along before the other side has it.
  asio::awaitable<void> linger() {
    place_->wait();
    buffer_.consume(buffer_.size());
    const auto until = Steady::now() + serving_.listen.linger_time;
    for (std::size_t size = 0; size < most_lingering; size += buffer_.size()) {
      buffer_.consume(buffer_.size());
      if (!co_await read_some(body_piece, until)) break;
    }
  }

  Serving& serving_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::string address_;
  std::string peer_;
  std::unique_ptr<Connections::Place> place_;
  std::size_t header_size_ = 0;
  unsigned version_ = 11;
  bool begun_ = false;
  bool keep_alive_ = false;
  bool only_head_ = false;
  bool continues_ = false;  // "100 Continue" is waited for
  bool unread_ = false;     // the rest of a request
};

}  // namespace

asio::awaitable<void> serve(std::shared_ptr<Serving> serving, tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint other = socket.remote_endpoint(error);
  if (error) co_return;  // it has gone already
  Connection connection(*serving, std::move(socket), other.address());
  if (!connection.enter()) {
    connection.send_off();
    co_return;
  }
  co_await connection.run();
}

}  // namespace carillon::web
