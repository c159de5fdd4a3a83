// The far end of scripts/bench, on a port of 127.0.0.1 that the system chooses and that it prints:
// answers 204 to every POST, notes which build it was about and when it came.
// Below /alerts it takes Alertmanager's webhook, where each alert is a build (bench/builds.hpp).
// Below /services/NAME/ it plays the web services of bench/services.py: posts are only counted, by NAME, and
// answered with what each of them wants to see; NAME "slow" answers after 5 s.
// GET /posts gives their number, GET /builds that of the builds in them, GET /report all notes as JSON;
// SIGTERM prints these and ends the program.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon::bench {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The text behind `"name":` and its spaces; empty when there is none. Names inside strings would be found
// too: the builds of the benchmark have none.
std::string_view behind(std::string_view json, std::string_view quoted_name) {
  for (auto at = json.find(quoted_name); at != std::string_view::npos; at = json.find(quoted_name, at + 1)) {
    std::string_view rest = json.substr(at + quoted_name.size());
    const auto colon = rest.find_first_not_of(' ');
    if (colon == std::string_view::npos || rest[colon] != ':') continue;
    const auto value = rest.find_first_not_of(' ', colon + 1);
    if (value != std::string_view::npos) return rest.substr(value);
  }
  return {};
}

// "BUILDER/NUMBER" of a posted build.
std::optional<std::string> build_in(std::string_view json) {
  std::string_view builder = behind(json, "\"builder\"");
  builder = builder.substr(0, builder.find('}'));
  std::string_view name = behind(builder, "\"name\"");
  std::int64_t number = 0;
  const std::string_view number_text = behind(json, "\"number\"");
  const auto [end, error] =
      std::from_chars(number_text.data(), number_text.data() + number_text.size(), number);
  if (name.size() < 2 || name.front() != '"' || error != std::errc()) return std::nullopt;
  name.remove_prefix(1);
  const auto quote = name.find('"');
  if (quote == std::string_view::npos) return std::nullopt;
  return std::string(name.substr(0, quote)) + "/" + std::to_string(number);
}

struct Arrival {
  std::int64_t first_ns = 0;
  std::int64_t count = 0;
};

struct Notes {
  struct Service {
    std::int64_t posts = 0;
    std::int64_t last_ns = 0;
  };
  std::map<std::string, Service, std::less<>> services;
  std::unordered_map<std::string, Arrival> builds;
  std::int64_t posts = 0;
  std::int64_t unreadable = 0;
  std::int64_t bytes = 0;
  std::int64_t connections = 0;
  std::int64_t last_answered_ns = 0;

  void add(std::string_view body, std::int64_t now) {
    ++posts;
    bytes += static_cast<std::int64_t>(body.size());
    std::optional<std::string> build = build_in(body);
    if (build) {
      add_build(std::move(*build), now);
    } else {
      ++unreadable;
    }
  }

  // "groupLabels" and "commonLabels" repeat those of the alerts.
  void add_alerts(std::string_view body, std::int64_t now) {
    static constexpr std::string_view labels = "\"labels\":{";
    ++posts;
    bytes += static_cast<std::int64_t>(body.size());
    std::int64_t found = 0;
    for (auto at = body.find(labels); at != std::string_view::npos; at = body.find(labels, at + 1), ++found) {
      std::string_view build = behind(body.substr(at, body.find('}', at) - at), "\"build\"");
      if (build.size() > 1) build.remove_prefix(1);
      add_build(std::string(build.substr(0, build.find('"'))), now);
    }
    if (found == 0) ++unreadable;
  }

  void add_build(std::string build, std::int64_t now) {
    Arrival& arrival = builds[std::move(build)];
    if (arrival.count++ == 0) arrival.first_ns = now;
  }

  std::string report() const {
    std::string out =
        "{\"posts\": " + std::to_string(posts) + ", \"unreadable\": " + std::to_string(unreadable) +
        ", \"bytes\": " + std::to_string(bytes) + ", \"connections\": " + std::to_string(connections) +
        ", \"last_answered_ns\": " + std::to_string(last_answered_ns) + ", \"services\": {";
    const char* comma = "";
    for (const auto& [name, service] : services) {
      out += comma + ("\"" + name + "\": {\"posts\": ") + std::to_string(service.posts) +
             ", \"last_ns\": " + std::to_string(service.last_ns) + "}";
      comma = ", ";
    }
    out += "}, \"doubled\": {";
    comma = "";
    for (const auto& [build, arrival] : builds) {
      if (arrival.count < 2) continue;
      out += comma + ("\"" + build + "\": ") + std::to_string(arrival.count);
      comma = ", ";
    }
    out += "}, \"arrived_ns\": {";
    comma = "";
    for (const auto& [build, arrival] : builds) {
      out += comma + ("\"" + build + "\": ") + std::to_string(arrival.first_ns);
      comma = ", ";
    }
    return out + "}}\n";
  }
};

// "github" of "/services/github/repos/...".
std::string_view service_in(std::string_view target) {
  constexpr std::string_view prefix = "/services/";
  if (!target.starts_with(prefix)) return {};
  target.remove_prefix(prefix.size());
  return target.substr(0, target.find_first_of("/?"));
}

// What every service of bench/services.py takes for a success: a token, a project, a result.
constexpr std::string_view service_answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 82\r\n\r\n"
    R"({"result": "success", "id": 17, "access_token": "t0ken", "expires_in": 3600000   })";

asio::awaitable<void> serve(tcp::socket socket, Notes& notes) {
  static constexpr std::string_view no_content = "HTTP/1.1 204 No Content\r\n\r\n";
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  boost::system::error_code error;
  socket.set_option(tcp::no_delay(true), error);
  ++notes.connections;
  std::array<char, 65536> buffer{};
  std::size_t begin = 0;
  std::size_t end = 0;
  while (true) {
    bhttp::request_parser<bhttp::string_body> parser;
    parser.eager(true);
    bool continued = false;
    while (!parser.is_done()) {
      if (begin < end) {
        begin += parser.put(asio::buffer(buffer.data() + begin, end - begin), error);
        if (error && error != bhttp::error::need_more) co_return;
        if (parser.is_done()) break;
      }
      if (parser.is_header_done() && !continued && !parser.get()[bhttp::field::expect].empty()) {
        continued = true;
        const auto bytes = asio::buffer(go_on);
        co_await asio::async_write(socket, bytes, asio::redirect_error(asio::use_awaitable, error));
      }
      std::copy(buffer.data() + begin, buffer.data() + end, buffer.data());
      end -= begin;
      begin = 0;
      if (end == buffer.size()) co_return;  // a header that does not fit
      const auto room = asio::buffer(buffer.data() + end, buffer.size() - end);
      const std::size_t got =
          co_await socket.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      end += got;
    }
    const auto& request = parser.get();
    std::string answer(no_content);
    const std::string service(service_in(request.target()));
    if (!service.empty()) {
      if (service == "slow") {
        asio::steady_timer timer(socket.get_executor(), std::chrono::seconds(5));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      }
      answer = service_answer;
      if (request.method() == bhttp::verb::post &&
          request.target().find("/oauth") == std::string_view::npos) {
        Notes::Service& of = notes.services[service];
        ++of.posts;
        of.last_ns = monotonic_ns();
      }
    } else if (request.method() == bhttp::verb::post) {
      if (request.target() == "/alerts") {
        notes.add_alerts(request.body(), monotonic_ns());
      } else {
        notes.add(request.body(), monotonic_ns());
      }
    } else {
      const std::string report = request.target() == "/posts"    ? std::to_string(notes.posts) + "\n"
                                 : request.target() == "/builds" ? std::to_string(notes.builds.size()) + "\n"
                                                                 : notes.report();
      answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(report.size()) + "\r\n\r\n" + report;
    }
    const auto bytes = asio::buffer(answer);
    co_await asio::async_write(socket, bytes, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (service.empty() && request.method() == bhttp::verb::post) notes.last_answered_ns = monotonic_ns();
    if (!request.keep_alive()) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, Notes& notes) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), notes), asio::detached);
  }
}

int run() {
  asio::io_context io{1};
  Notes notes;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::cout << "listening on port " << acceptor.local_endpoint().port() << std::endl;
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) {
    std::cout << notes.report() << std::flush;
    io.stop();
  });
  asio::co_spawn(io, accept_all(acceptor, notes), asio::detached);
  io.run();
  return 0;
}

}  // namespace
}  // namespace carillon::bench

int main() {
  return carillon::bench::run();
}
