// For tests: an IRC server for one client at a time, on a local port, that answers by a few switches.
#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {

class FakeServer {
 public:
  using tcp = asio::ip::tcp;

  explicit FakeServer(asio::io_context& io)
      : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(io_, accept(), asio::detached);
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // Everything that clients said, PING and PONG left out.
  std::vector<std::string> said;
  int connections = 0;
  // "PRIVMSG ann", "JOIN #x": the numeric and its text.
  std::map<std::string, std::string> refusals;
  // By nick, for WHOIS.
  std::map<std::string, std::string> accounts;
  // PRIVMSG targets after which the connection is closed.
  std::set<std::string> lurkers;
  // Channels that refuse messages with colours.
  std::set<std::string> colorless;
  bool answers_pings = true;

  void say(const std::string& line) { asio::co_spawn(io_, send(socket_, line + "\r\n"), asio::detached); }
  void drop() {
    boost::system::error_code ignored;
    if (socket_) socket_->close(ignored);
  }
  bool heard(const std::string& line) const {
    return std::find(said.begin(), said.end(), line) != said.end();
  }

 private:
  using SocketPtr = std::shared_ptr<tcp::socket>;
  static constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

  static asio::awaitable<void> send(SocketPtr socket, std::string text) {
    co_await asio::async_write(*socket, asio::buffer(text), quietly);
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(quietly);
      if (error) co_return;
      ++connections;
      socket_ = std::make_shared<tcp::socket>(std::move(socket));
      asio::co_spawn(io_, serve(socket_), asio::detached);
    }
  }

  // A JOIN of several channels as one for each: keys belong to the first ones.
  static std::string one_by_one(const std::string& text) {
    const auto line = parse(text);
    if (!line || line->command != "JOIN" || line->param(0).find(',') == std::string_view::npos) return text;
    std::string joins;
    std::string names(line->param(0));
    std::string keys(line->param(1));
    const auto first = [](std::string& list) {
      const std::string one = list.substr(0, list.find(','));
      list.erase(0, one.size() + 1);
      return one;
    };
    while (!names.empty()) {
      joins += (joins.empty() ? "JOIN " : "\r\nJOIN ") + first(names);
      if (!keys.empty()) joins += " " + first(keys);
    }
    return joins;
  }

  asio::awaitable<void> serve(SocketPtr socket) {
    std::string buffer;
    std::string nick = "bot";
    for (;;) {
      const auto [error, size] =
          co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer), "\r\n", quietly);
      if (error) co_return;
      std::string text = one_by_one(buffer.substr(0, size - 2)) + "\r\n";
      buffer.replace(0, size, text);
      text = text.substr(0, text.find("\r\n"));
      buffer.erase(0, text.size() + 2);
      const auto line = parse(text);
      if (!line) continue;
      const std::string& command = line->command;
      if (command != "PING" && command != "PONG") said.push_back(text);
      if (command == "NICK") nick = line->param(0);
      const std::string target(line->param(0));
      const auto refusal = refusals.find(command + " " + target);
      std::string out;
      if (refusal != refusals.end()) {
        const auto space = refusal->second.find(' ');
        out = ":irc " + refusal->second.substr(0, space) + " " + nick + " " + target + " :" +
              refusal->second.substr(space + 1) + "\r\n";
      } else if (command == "PRIVMSG" && colorless.contains(target) &&
                 text.find('\x03') != std::string::npos) {
        out = ":irc 404 " + nick + " " + target + " :Can't send colors to channel (+c is set)\r\n";
      } else if (command == "USER") {
        out = ":irc 001 " + nick + " :Welcome\r\n:irc 005 " + nick +
              " CASEMAPPING=rfc1459 PREFIX=(ov)@+ :are supported\r\n:irc 376 " + nick + " :End\r\n";
      } else if (command == "JOIN") {
        out = ":" + nick + "!u@h JOIN " + target + "\r\n:irc 353 " + nick + " = " + target + " :" + nick +
              " @ann ben\r\n:irc 366 " + nick + " " + target + " :End\r\n";
      } else if (command == "PART") {
        out = ":" + nick + "!u@h PART " + target + "\r\n";
      } else if (command == "PING" && answers_pings) {
        out = ":irc PONG irc :" + target + "\r\n";
      } else if (command == "WHOIS") {
        if (accounts.contains(target))
          out = ":irc 330 " + nick + " " + target + " " + accounts[target] + " :is logged in as\r\n";
        out += ":irc 318 " + nick + " " + target + " :End\r\n";
      } else if (command == "QUIT") {
        out = "ERROR :Closing link\r\n";
      }
      if (!out.empty()) co_await send(socket, out);
      if (command == "QUIT" || (command == "PRIVMSG" && lurkers.contains(target))) {
        boost::system::error_code ignored;
        socket->close(ignored);
        co_return;
      }
    }
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  SocketPtr socket_;
};

}  // namespace carillon::reporter::irc
