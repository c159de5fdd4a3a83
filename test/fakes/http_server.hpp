// An HTTP server on 127.0.0.1, inside the test's own io_context, that answers as the test says.
#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::fakes {

class HttpServer {
 public:
  struct Received {
    std::string method;
    // Path and query.
    std::string target;
    // Names in lower case.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    std::string header(std::string_view name) const {  // empty when missing
      for (const auto& [key, value] : headers) {
        if (key == name) return value;
      }
      return {};
    }
  };

  struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    // Before the first byte.
    std::chrono::milliseconds delay{0};
    // Never answer; the connection stays open.
    bool hang = false;
    // Close after that many bytes of the whole answer.
    std::optional<std::size_t> cut = std::nullopt;
    // Send exactly this and close.
    std::optional<std::string> raw = std::nullopt;
    // Bytes per 10 ms; 0: all at once.
    std::size_t slow = 0;
  };

  using Answer = std::function<Reply(const Received&)>;
  // Takes over a connection that asked for an Upgrade; `head` is everything that was read from it.
  using Upgrade = std::function<boost::asio::awaitable<void>(boost::asio::ip::tcp::socket, std::string head)>;

  explicit HttpServer(boost::asio::any_io_executor executor, Answer answer = {}, unsigned short port = 0)
      : state_(std::make_shared<State>(executor, port)) {
    state_->answer = std::move(answer);
    boost::asio::co_spawn(executor, accept(state_), boost::asio::detached);
  }
  ~HttpServer() { stop(); }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void answer(Answer answer) { state_->answer = std::move(answer); }
  void on_upgrade(Upgrade upgrade) { state_->upgrade = std::move(upgrade); }

  // No new connections; the open ones are closed.
  void stop() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& weak : state_->sockets) {
      if (const auto socket = weak.lock()) socket->close(ignored);
    }
    state_->sockets.clear();
  }

  unsigned short port() const { return state_->port; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/"; }
  const std::vector<Received>& received() const { return state_->received; }
  int connections() const { return state_->connections; }  // accepted so far
  int open() const { return state_->open; }
  int most_open() const { return state_->most_open; }

 private:
  using Tcp = boost::asio::ip::tcp;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  static constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

  struct State {
    State(const boost::asio::any_io_executor& executor, unsigned short wanted_port)
        : acceptor(executor, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), wanted_port)),
          port(acceptor.local_endpoint().port()) {}
    Tcp::acceptor acceptor;
    unsigned short port;
    Answer answer;
    Upgrade upgrade;
    std::vector<Received> received;
    std::vector<std::weak_ptr<Tcp::socket>> sockets;
    int connections = 0;
    int open = 0;
    int most_open = 0;
  };
  using StatePtr = std::shared_ptr<State>;

  static Awaitable<void> accept(StatePtr state) {
    while (true) {
      auto [error, accepted] = co_await state->acceptor.async_accept(tuple);
      if (error) co_return;
      ++state->connections;
      auto socket = std::make_shared<Tcp::socket>(std::move(accepted));
      state->sockets.push_back(socket);
      boost::asio::co_spawn(state->acceptor.get_executor(), serve(state, socket), boost::asio::detached);
    }
  }

  static Awaitable<void> serve(StatePtr state, std::shared_ptr<Tcp::socket> socket) {
    ++state->open;
    state->most_open = std::max(state->most_open, state->open);
    std::string buffer;
    bool goes_on = true;
    while (goes_on)
      goes_on = co_await exchange(state, *socket, buffer);
    --state->open;
  }

  static Awaitable<bool> exchange(const StatePtr& state, Tcp::socket& socket, std::string& buffer) {
    auto dynamic = boost::asio::dynamic_buffer(buffer);
    const auto [head_error, head_size] =
        co_await boost::asio::async_read_until(socket, dynamic, "\r\n\r\n", tuple);
    if (head_error) co_return false;
    Received request = parse_head(std::string_view(buffer).substr(0, head_size));
    if (!request.header("upgrade").empty() && state->upgrade) {
      auto upgrade = state->upgrade(std::move(socket), std::exchange(buffer, {}));
      co_await std::move(upgrade);
      co_return false;
    }
    buffer.erase(0, head_size);
    const auto length_text = request.header("content-length");
    const std::size_t length = length_text.empty() ? 0 : std::stoul(length_text);
    while (buffer.size() < length) {
      char chunk[4096];
      const auto [error, count] = co_await socket.async_read_some(boost::asio::buffer(chunk), tuple);
      if (error) co_return false;
      buffer.append(chunk, count);
    }
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    state->received.push_back(request);
    const Reply reply = state->answer ? state->answer(request) : Reply{};
    co_return co_await send(socket, reply, request.method == "HEAD");
  }

  static Awaitable<bool> send(Tcp::socket& socket, const Reply& reply, bool head_only) {
    boost::asio::steady_timer timer(socket.get_executor());
    if (reply.hang) {
      // Until the client gives up.
      char byte = 0;
      co_await socket.async_read_some(boost::asio::buffer(&byte, 1), tuple);
      co_return false;
    }
    if (reply.delay.count() > 0) {
      timer.expires_after(reply.delay);
      co_await timer.async_wait(tuple);
    }
    std::string text = reply.raw ? *reply.raw : format(reply, head_only);
    if (reply.cut) text.resize(std::min(*reply.cut, text.size()));
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto part = rest.substr(0, reply.slow > 0 ? reply.slow : rest.size());
      const auto [error, count] =
          co_await boost::asio::async_write(socket, boost::asio::buffer(part.data(), part.size()), tuple);
      if (error) co_return false;
      rest.remove_prefix(count);
      if (reply.slow > 0) {
        timer.expires_after(std::chrono::milliseconds(10));
        co_await timer.async_wait(tuple);
      }
    }
    if (!reply.raw && !reply.cut) co_return true;
    boost::system::error_code ignored;
    socket.close(ignored);
    co_return false;
  }

  static std::string format(const Reply& reply, bool head_only) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
    for (const auto& [name, value] : reply.headers)
      text += name + ": " + value + "\r\n";
    if (reply.status != 204 && reply.status != 304) {
      text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    text += "\r\n";
    return head_only ? text : text + reply.body;
  }

  static Received parse_head(std::string_view head) {
    Received request;
    auto line_end = head.find("\r\n");
    const auto first = head.substr(0, line_end);
    const auto space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    head.remove_prefix(line_end + 2);
    while ((line_end = head.find("\r\n")) != std::string_view::npos && line_end > 0) {
      const auto line = head.substr(0, line_end);
      const auto colon = line.find(':');
      std::string name(line.substr(0, colon));
      for (char& c : name)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      auto value = line.substr(colon + 1);
      while (value.starts_with(' '))
        value.remove_prefix(1);
      request.headers.emplace_back(std::move(name), value);
      head.remove_prefix(line_end + 2);
    }
    return request;
  }

  StatePtr state_;
};

}  // namespace carillon::fakes
