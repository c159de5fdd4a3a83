// The near end of scripts/bench: posts builds to /ingest, or as alerts to Alertmanager, in batches as fast as
// they are taken, or one by one at a steady rate; prints when each was sent, as JSON.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "builds.hpp"

namespace carillon::bench {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Options {
  Work work;
  unsigned short port = 0;
  std::string token;
  std::int64_t builds = 30'000;
  std::int64_t batch = 100;
  std::int64_t connections = 4;
  double rate = 0;  // per second, one by one; 0: batches, as fast as they are taken
  bool alerts = false;
  std::string hook;  // secret of GitHub's hook; empty: /ingest
  bool print = false;
};

const std::string builds_head =
    "POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nAuthorization: "
    "Bearer ";
const std::string alerts_head =
    "POST /api/v2/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: "
    "Bearer ";

const std::string hook_head =
    "POST /hook/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-GitHub-Event: "
    "workflow_run\r\n"
    "X-Hub-Signature-256: sha256=";

std::string signature_of(const std::string& body, const std::string& secret) {
  static constexpr char digits[] = "0123456789abcdef";
  std::array<unsigned char, 32> digest{};
  unsigned size = digest.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  std::string text;
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::int64_t ns_of(Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

class Feeder {
 public:
  explicit Feeder(const Options& options)
      : options_(options), sent_ns_(static_cast<std::size_t>(options.builds)), wake_(io_) {}

  void run() {
    began_ = Clock::now();
    const auto rethrow = [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    };
    for (std::int64_t i = 0; i < options_.connections; ++i)
      asio::co_spawn(io_, connection(), rethrow);
    if (options_.rate > 0) asio::co_spawn(io_, pace(), rethrow);
    io_.run();
  }

  void print() const {
    std::string out = "{\"builds\": " + std::to_string(options_.builds) +
                      ", \"refused\": " + std::to_string(refused_) +
                      ", \"began_ns\": " + std::to_string(ns_of(began_)) +
                      ", \"accepted_ns\": " + std::to_string(ns_of(accepted_)) + ", \"sent_ns\": {";
    for (std::int64_t i = 0; i < options_.builds; ++i) {
      out += (i == 0 ? "\"" : ", \"") + builder_name(options_.work.builder_of(i)) + "/" +
             std::to_string(options_.work.number_of(i)) +
             "\": " + std::to_string(sent_ns_[static_cast<std::size_t>(i)]);
    }
    std::cout << out << "}}\n";
  }

 private:
  struct Batch {
    std::int64_t first = 0;
    std::int64_t count = 0;
    Clock::time_point due;
  };

  // The next batch, or one with count 0 at the end.
  asio::awaitable<Batch> next() {
    if (options_.rate <= 0) {
      Batch batch;
      batch.first = next_;
      batch.count = std::min(options_.batch, options_.builds - next_);
      batch.due = Clock::now();
      next_ += batch.count;
      co_return batch;
    }
    while (due_.empty() && next_ < options_.builds) {
      boost::system::error_code cancelled;
      wake_.expires_at(Clock::time_point::max());
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    Batch batch;
    if (!due_.empty()) {
      batch = due_.front();
      due_.pop_front();
    }
    co_return batch;
  }

  // Hands out one build at each tick. It counts as sent at its tick, even where every connection is busy.
  asio::awaitable<void> pace() {
    asio::steady_timer timer(io_);
    while (next_ < options_.builds) {
      timer.expires_at(began_ + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                    static_cast<double>(next_) * 1e9 / options_.rate)));
      co_await timer.async_wait(asio::use_awaitable);
      Batch batch;
      batch.first = next_++;
      batch.count = 1;
      batch.due = Clock::now();
      due_.push_back(batch);
      wake_.cancel();
    }
    wake_.cancel();
  }

  asio::awaitable<void> connection() {
    tcp::socket socket(io_);
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options_.port);
    co_await socket.async_connect(endpoint, asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    std::string body;
    std::string head;
    while (true) {
      const Batch batch = co_await next();
      if (batch.count <= 0) co_return;
      body.clear();
      for (std::int64_t i = 0; i < batch.count; ++i) {
        append(batch.first + i, i == 0, body);
        sent_ns_[static_cast<std::size_t>(batch.first + i)] = ns_of(batch.due);
      }
      if (options_.alerts) body += ']';
      head = head_of(body) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
      co_await post(socket, head, body);
    }
  }

  std::string head_of(const std::string& body) const {
    if (!options_.hook.empty()) return hook_head + signature_of(body, options_.hook);
    return (options_.alerts ? alerts_head : builds_head) + options_.token;
  }

  void append(std::int64_t index, bool first, std::string& body) const {
    if (!options_.hook.empty()) {
      append_delivery(options_.work, index, body);
    } else if (options_.alerts) {
      body += first ? '[' : ',';
      append_alert(options_.work, index, body);
    } else {
      append_build(options_.work, index, body);
      body += '\n';
    }
  }

  // Until it is taken.
  asio::awaitable<void> post(tcp::socket& socket, const std::string& head, const std::string& body) {
    while (true) {
      const std::array<asio::const_buffer, 2> request{asio::buffer(head), asio::buffer(body)};
      co_await asio::async_write(socket, request, asio::use_awaitable);
      bhttp::response_parser<bhttp::string_body> parser;
      co_await read(socket, parser);
      const auto& answer = parser.get();
      if (answer.result_int() == 202 || (options_.alerts && answer.result_int() == 200)) {
        accepted_ = Clock::now();
        co_return;
      }
      if (answer.result_int() != 503) {
        throw std::runtime_error("the server answered " + std::to_string(answer.result_int()) + ": " +
                                 answer.body());
      }
      ++refused_;
      asio::steady_timer timer(io_);
      timer.expires_after(
          std::chrono::seconds(std::max(std::atoi(std::string(answer["Retry-After"]).c_str()), 1)));
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  static asio::awaitable<void> read(tcp::socket& socket, bhttp::response_parser<bhttp::string_body>& parser) {
    parser.eager(true);
    std::array<char, 8192> buffer{};
    std::size_t held = 0;
    while (!parser.is_done()) {
      const auto room = asio::buffer(buffer.data() + held, buffer.size() - held);
      held += co_await socket.async_read_some(room, asio::use_awaitable);
      boost::system::error_code error;
      const std::size_t used = parser.put(asio::buffer(buffer.data(), held), error);
      if (error && error != bhttp::error::need_more) throw boost::system::system_error(error);
      std::copy(buffer.data() + used, buffer.data() + held, buffer.data());
      held -= used;
    }
  }

  Options options_;
  std::vector<std::int64_t> sent_ns_;
  asio::io_context io_{1};
  asio::steady_timer wake_;  // cancelled when something is due
  std::deque<Batch> due_;
  std::int64_t next_ = 0;
  std::int64_t refused_ = 0;
  Clock::time_point began_;
  Clock::time_point accepted_;
};

int run(const Options& options) {
  if (options.print) {
    std::string line;
    for (std::int64_t i = 0; i < options.builds; ++i) {
      line.clear();
      append_build(options.work, i, line);
      std::cout << line << '\n';
    }
    return 0;
  }
  try {
    Feeder feeder(options);
    feeder.run();
    feeder.print();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_feeder: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace
}  // namespace carillon::bench

int main(int argc, char** argv) {
  carillon::bench::Options options;
  CLI::App app("Posts builds to /ingest on 127.0.0.1 and prints when each was sent (CLOCK_MONOTONIC).");
  app.add_option("--port", options.port, "where Carillon listens");
  app.add_option("--token", options.token, "the bearer token");
  app.add_option("--builds", options.builds, "how many")->capture_default_str();
  app.add_option("--builders", options.work.builders, "of so many builders")->capture_default_str();
  app.add_option("--first", options.work.first, "number of each builder's first build")
      ->capture_default_str();
  app.add_option("--batch", options.batch, "builds in one post")->capture_default_str();
  app.add_option("--connections", options.connections, "keep-alive connections")->capture_default_str();
  app.add_option("--rate", options.rate, "one by one, so many a second (default: batches, without a pause)");
  app.add_option("--hook", options.hook,
                 "as GitHub's deliveries, signed with this secret; --batch is 1 then");
  app.add_flag("--alerts", options.alerts, "as alerts to Alertmanager's API");
  app.add_flag("--print", options.print, "only print the builds, one a line");
  CLI11_PARSE(app, argc, argv);
  return carillon::bench::run(options);
}
