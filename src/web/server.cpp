#include "web/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "web/connection.hpp"
#include "web/seldom.hpp"

namespace carillon::web {

using asio::ip::tcp;

struct Server::State {
  State(asio::any_io_executor executor, std::shared_ptr<Serving> what)
      : io(std::move(executor)), serving(std::move(what)), acceptor(io) {}

  asio::any_io_executor io;
  std::shared_ptr<Serving> serving;
  tcp::acceptor acceptor;
  Seldom complaint;
};

namespace {

constexpr std::chrono::seconds accept_pause{1};

void report_end(const Log& log, const std::exception_ptr& error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& bug) {
    log.error("web", std::string("a connection ended by an internal error: ") + bug.what());
  }
}

template <class State>
asio::awaitable<void> accept_one(std::shared_ptr<State> state) {
  const std::shared_ptr<Serving> serving = state->serving;
  boost::system::error_code error;
  tcp::socket socket =
      co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
  if (serving->stopping) co_return;
  if (!error) {
    asio::co_spawn(state->io, serve(serving, std::move(socket)),
                   [serving](const std::exception_ptr& end) { report_end(serving->log, end); });
    co_return;
  }
  if (error == asio::error::connection_aborted) co_return;  // whoever it was has gone
  // Out of descriptors: those who only wait give theirs; else others may end soon.
  serving->refused.of({"descriptors"}).add();
  const bool room = serving->connections.make_room();
  if (state->complaint.now()) {
    serving->log.error("web", "cannot accept a connection: " + error.message() +
                                  (room ? "; closed one that waited" : "; trying again every second"));
  }
  if (!room) co_await sleep_for(accept_pause);
}

template <class State>
asio::awaitable<void> accept_loop(std::shared_ptr<State> state) {
  while (!state->serving->stopping) {
    std::string bug;
    try {
      co_await accept_one(state);
    } catch (const std::exception& error) {
      bug = error.what();
    }
    if (bug.empty() || state->serving->stopping) continue;
    if (state->complaint.now()) state->serving->log.error("web", "cannot accept a connection: " + bug);
    co_await sleep_for(accept_pause);
  }
}

}  // namespace

Server::Server(asio::any_io_executor io, const Listen& listen, const Router& router, const Log& log,
               metrics::Family<metrics::Counter>& refused)
    : state_(
          std::make_shared<State>(std::move(io), std::make_shared<Serving>(listen, router, log, refused))) {
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
  asio::co_spawn(state_->io, accept_loop(state_), or_end);
}

Server::~Server() {
  stop();
}

int Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::believe_nodes(std::string password) {
  state_->serving->relay_password = std::move(password);
}

void Server::stop() {
  if (state_->serving->stopping) return;
  state_->serving->stopping = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

}  // namespace carillon::web
