#include "web/relay.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <memory>

#include "base/letters.hpp"
#include "base/url.hpp"
#include "web/relayed.hpp"

namespace carillon::web {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::milliseconds between_tries{50};
constexpr std::chrono::seconds connect_time{2};
constexpr std::chrono::seconds answer_time{60};
constexpr std::size_t piece_size = std::size_t{32} << 10U;
constexpr std::chrono::seconds come_again{2};
constexpr std::chrono::milliseconds between_looks{200};
constexpr std::chrono::seconds trouble_lasts{10};
// Of the answer of a node that stands by itself: two take each other, or one itself, for the one that serves.
constexpr const char* standby_header = "Carillon-Standby";

// Of one connection, or said by whoever writes the message anew (RFC 9110, 7.6.1).
bool is_of_connection(std::string_view name) {
  constexpr std::array names{"connection", "content-length", "expect",  "keep-alive",
                             "te",         "trailer",        "upgrade", "transfer-encoding"};
  return std::ranges::find(names, name) != names.end() || name == relay_header;
}

bool may_repeat(const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return true;
  return std::ranges::any_of(std::array{"/ingest", "/hook/", "/ping/"},
                             [&](std::string_view begin) { return request.path.starts_with(begin); });
}

}  // namespace

// One request and its answer, as far as it is read.
class RelayedExchange {
 public:
  explicit RelayedExchange(const asio::any_io_executor& io) : stream_(io) { parser_.body_limit(boost::none); }

  // An error: whoever was asked did not answer. Whether the request may have arrived: arrived().
  asio::awaitable<boost::system::error_code> ask(const RelayTarget& target, const Request& request) {
    boost::system::error_code error;
    const auto url = Url::parse(target.url);
    if (!url) co_return asio::error::host_not_found;
    tcp::resolver resolver(stream_.get_executor());
    const auto places =
        co_await resolver.async_resolve(std::string(url->host), std::string(url->known_port()),
                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    stream_.expires_after(connect_time);
    co_await stream_.async_connect(places, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    stream_.socket().set_option(tcp::no_delay(true), error);
    bhttp::request<bhttp::string_body> message = to_message(target, request);
    arrived_ = true;
    stream_.expires_after(answer_time);
    co_await bhttp::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    if (request.method == "HEAD") parser_.skip(true);
    co_await bhttp::async_read_header(stream_, buffer_, parser_,
                                      asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  // Whoever is asked serves no more.
  void put_out() {
    put_out_ = true;
    stream_.close();
  }
  bool is_put_out() const { return put_out_; }
  bool is_over() const { return over_ || parser_.is_done(); }
  void end() { over_ = true; }

  bool arrived() const { return arrived_; }
  // The other side does not serve either.
  bool stands_by() const { return parser_.get().find(standby_header) != parser_.get().end(); }
  bool comes_in_pieces() const { return parser_.chunked(); }

  // nullopt: that was all. Throws boost::system::system_error where the other side breaks off.
  asio::awaitable<std::optional<std::string>> piece() {
    while (!parser_.is_done()) {
      std::string text(piece_size, '\0');
      parser_.get().body().data = text.data();
      parser_.get().body().size = text.size();
      boost::system::error_code error;
      co_await bhttp::async_read_some(stream_, buffer_, parser_,
                                      asio::redirect_error(asio::use_awaitable, error));
      // The browser connects anew, and reaches the next one.
      if (error && put_out_ && header().content_type.starts_with("text/event-stream")) co_return std::nullopt;
      if (error && put_out_) error = asio::error::connection_reset;
      if (error && error != bhttp::error::need_buffer) throw boost::system::system_error(error);
      text.resize(text.size() - parser_.get().body().size);
      if (!text.empty()) co_return text;
    }
    co_return std::nullopt;
  }
  void wait_as_long_as_it_takes() { stream_.expires_never(); }

  Response header() const {
    Response response;
    response.status = parser_.get().result_int();
    response.content_type.clear();
    for (const auto& field : parser_.get()) {
      const std::string name = lower({field.name_string().data(), field.name_string().size()});
      if (name == "content-type") {
        response.content_type = std::string(field.value());
      } else if (!is_of_connection(name) && name != "server") {
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
      }
    }
    return response;
  }

 private:
  static bhttp::request<bhttp::string_body> to_message(const RelayTarget& target, const Request& request) {
    bhttp::request<bhttp::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.path + (request.query.empty() ? "" : "?" + request.query));
    for (const auto& [name, value] : request.headers) {
      if (!is_of_connection(name)) message.set(name, value);
    }
    message.set(std::string(relay_header), target.password + " " + request.peer);
    message.keep_alive(false);
    message.body() = request.body;
    message.prepare_payload();
    return message;
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  bhttp::response_parser<bhttp::buffer_body> parser_;
  bool arrived_ = false;
  bool put_out_ = false;
  bool over_ = false;
};

namespace {

asio::awaitable<Response> whole_answer(RelayedExchange& exchange) {
  Response response = exchange.header();
  while (auto piece = co_await exchange.piece())
    response.body += *piece;
  co_return response;
}

}  // namespace

Relay::Relay(asio::any_io_executor io, std::function<std::optional<RelayTarget>()> target,
             std::size_t most_body, std::chrono::milliseconds patience)
    : io_(std::move(io)), target_(std::move(target)), most_body_(most_body), patience_(patience) {}

Route Relay::route() {
  Route route;
  route.handler = [this](Request request) { return pass_on(std::move(request)); };
  route.max_body = most_body_;
  route.secret_path = true;  // it may be
  return route;
}

std::optional<std::string> Relay::trouble() const {
  if (trouble_.empty() || std::chrono::steady_clock::now() - troubled_at_ > trouble_lasts)
    return std::nullopt;
  return trouble_;
}

void Relay::note_trouble(const RelayTarget& target, const std::string& why) {
  trouble_ = "the node that serves cannot be reached at " + target.url + ": " + why;
  troubled_at_ = std::chrono::steady_clock::now();
}

Response Relay::nobody_serves() const {
  return busy_response(503, trouble().value_or("no node serves now") + "; this one stands by", come_again);
}

asio::awaitable<void> Relay::watch(std::weak_ptr<RelayedExchange> exchange, std::int64_t node) {
  while (true) {
    {
      const auto one = exchange.lock();
      if (!one || one->is_over()) co_return;
      const auto target = target_();
      if (target && target->node != node) {
        one->put_out();
        co_return;
      }
    }
    co_await sleep_for(between_looks);
  }
}

asio::awaitable<Response> Relay::pass_on(Request request) {
  if (request.relayed) {
    Response response = nobody_serves();
    response.headers.emplace_back(standby_header, "yes");
    co_return response;
  }
  const auto until = std::chrono::steady_clock::now() + patience_;
  while (true) {
    const auto target = target_();
    if (target && !target->url.empty()) {
      const auto exchange = std::make_shared<RelayedExchange>(io_);
      asio::co_spawn(io_, watch(exchange, target->node), or_end);
      boost::system::error_code error = co_await exchange->ask(*target, request);
      try {
        if (!error && exchange->stands_by()) {
          note_trouble(*target, "a node answers there that stands by: is its address right?");
        } else if (!error) {
          trouble_.clear();
          if (!exchange->comes_in_pieces()) co_return co_await whole_answer(*exchange);
          Response response = exchange->header();
          exchange->wait_as_long_as_it_takes();
          response.more = [exchange] { return exchange->piece(); };
          co_return response;
        }
      } catch (const boost::system::system_error& broken) {
        error = broken.code();
      }
      exchange->end();
      if (error == asio::error::operation_aborted && !exchange->is_put_out())
        throw boost::system::system_error(error);
      if (error) note_trouble(*target, error.message());
      if (error && exchange->arrived() && !may_repeat(request)) {
        co_return error_response(
            502, "the node that serves broke off; look whether it was done before you try again");
      }
    }
    if (std::chrono::steady_clock::now() >= until) co_return nobody_serves();
    co_await sleep_for(between_tries);
  }
}

}  // namespace carillon::web
