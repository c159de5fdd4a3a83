#include "web/server.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/letters.hpp"

namespace carillon::web {
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;

struct Server::State {
  State(asio::any_io_executor executor, const Listen& where, Routes table, const Log& the_log,
        FindHandler find_handler)
      : io(std::move(executor)),
        listen(where),
        routes(std::move(table)),
        find(std::move(find_handler)),
        log(the_log),
        acceptor(io) {}

  asio::any_io_executor io;
  Listen listen;
  Routes routes;
  FindHandler find;
  const Log& log;
  tcp::acceptor acceptor;
  bool stopping = false;
};

namespace {

Request to_request(bhttp::request<bhttp::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = std::string(target.substr(question + 1));
  request.authorization = std::string(message[bhttp::field::authorization]);
  request.content_type = std::string(message[bhttp::field::content_type]);
  for (const auto& field : message) {
    const std::string_view raw(field.name_string().data(), field.name_string().size());
    if (raw.size() < 3 || (raw[0] != 'x' && raw[0] != 'X') || raw[1] != '-') continue;
    request.own_headers[lower(raw)] = std::string(field.value());
  }
  request.body = std::move(message.body());
  return request;
}

bhttp::response<bhttp::string_body> to_message(Response response, unsigned version, bool keep_alive) {
  bhttp::response<bhttp::string_body> message(static_cast<bhttp::status>(response.status), version);
  message.set(bhttp::field::server, "carillon/" CARILLON_VERSION);
  message.set(bhttp::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers)
    message.set(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  return message;
}

asio::awaitable<Response> answer(const Handler& handler, const Log& log, std::string shown_path,
                                 Request request) {
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception& error) {
    log.error("web", "internal error at " + shown_path + ": " + error.what());
  }
  co_return error_response(500, "internal error");
}

asio::awaitable<Response> dispatch(const Routes& routes, const FindHandler& find, const Log& log,
                                   Request request) {
  const auto at = routes.find({request.method, request.path});
  if (at != routes.end()) {
    std::string path = request.path;
    co_return co_await answer(at->second, log, std::move(path), std::move(request));
  }
  for (const auto& [route, handler] : routes) {
    if (route.second == request.path) {
      Response response = error_response(405, "use " + route.first);
      response.headers.emplace_back("Allow", route.first);
      co_return response;
    }
  }
  const Handler handler = find ? find(request) : nullptr;
  if (!handler) co_return error_response(404, "nothing is here");
  co_return co_await answer(handler, log, "a webhook", std::move(request));
}

Response bad_request(const boost::system::error_code& error) {
  if (error == bhttp::error::body_limit) return error_response(413, "the body is too large");
  if (error == bhttp::error::header_limit) return error_response(431, "the header is too large");
  return error_response(400, "not an HTTP request: " + error.message());
}

}  // namespace

Response error_response(int status, std::string_view text) {
  boost::json::object body;
  body["error"] = text;
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

namespace {

template <class State>
asio::awaitable<void> serve(std::shared_ptr<State> state, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  boost::system::error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  beast::flat_buffer buffer;
  while (!state->stopping) {
    bhttp::request_parser<bhttp::string_body> parser;
    parser.body_limit(state->listen.max_body);
    stream.expires_after(state->listen.idle_timeout);
    boost::system::error_code error;
    co_await bhttp::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error == bhttp::error::end_of_stream || error == beast::error::timeout ||
        error == asio::error::connection_reset || error == bhttp::error::partial_message ||
        error == asio::error::operation_aborted) {
      break;
    }
    unsigned version = 11;
    bool keep_alive = false;
    Response response;
    if (error) {
      response = bad_request(error);
    } else {
      bhttp::request<bhttp::string_body> message = parser.release();
      version = message.version();
      keep_alive = message.keep_alive() && !state->stopping;
      stream.expires_never();
      Request request = to_request(message);
      response = co_await dispatch(state->routes, state->find, state->log, std::move(request));
    }
    bhttp::response<bhttp::string_body> answer = to_message(std::move(response), version, keep_alive);
    stream.expires_after(state->listen.idle_timeout);
    co_await bhttp::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, error));
    if (error || !keep_alive) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

template <class State>
asio::awaitable<void> accept_loop(std::shared_ptr<State> state) {
  while (!state->stopping) {
    boost::system::error_code error;
    tcp::socket socket =
        co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (state->stopping) break;
    if (error) {  // out of file descriptors, for instance: others may end soon
      state->log.error("web", "cannot accept a connection: " + error.message());
      co_await sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    asio::co_spawn(state->io, serve(state, std::move(socket)), asio::detached);
  }
}

}  // namespace

Server::Server(asio::any_io_executor io, const Listen& listen, Routes routes, const Log& log,
               FindHandler find)
    : state_(std::make_shared<State>(std::move(io), listen, std::move(routes), log, std::move(find))) {
  const std::string place = listen.host + ":" + std::to_string(listen.port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(listen.host == "localhost" ? "127.0.0.1" : listen.host, error);
  if (error)
    throw std::runtime_error("cannot listen on " + place + ": '" + listen.host + "' is not an IP address");
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(listen.port));
  state_->acceptor.open(endpoint.protocol(), error);
  if (!error) state_->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) state_->acceptor.bind(endpoint, error);
  if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw std::runtime_error("cannot listen on " + place + ": " + error.message());
  asio::co_spawn(state_->io, accept_loop(state_), asio::detached);
}

Server::~Server() {
  stop();
}

int Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::stop() {
  if (state_->stopping) return;
  state_->stopping = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

}  // namespace carillon::web
