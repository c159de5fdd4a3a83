#include "cli/change_stream.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <charconv>

#include "cli/person.hpp"
#include "transport/http_target.hpp"
#include "transport/stream.hpp"

namespace carillon::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds without_stream{1000};
// With one: it may be cut without anybody noticing.
constexpr milliseconds longest_quiet{20'000};
constexpr milliseconds try_stream_again{10'000};
constexpr milliseconds step_time{10'000};
constexpr milliseconds slice{50};
constexpr std::size_t longest_head = std::size_t{64} << 10U;
constexpr std::size_t longest_line = 4096;

bool is_stream(std::string_view head) {
  const auto end_of_line = head.find("\r\n");
  const std::string_view status = head.substr(0, end_of_line);
  return status.starts_with("HTTP/1.") &&
         status.substr(std::min<std::size_t>(8, status.size())).starts_with(" 200") &&
         head.find("text/event-stream") != std::string_view::npos;
}

}  // namespace

bool EventLines::feed(std::string_view bytes) {
  bool changed = false;
  for (const char c : bytes) {
    if (c == '\r') continue;
    if (c != '\n') {
      if (line_.size() < longest_line) line_ += c;
      continue;
    }
    if (line_.empty()) {
      changed = changed || is_change_;
      is_change_ = false;
    } else if (line_ == "event: change" || line_ == "event:change") {
      is_change_ = true;
    }
    line_.clear();
  }
  return changed;
}

ChangeStream::ChangeStream(const std::string& base, Secret token)
    : url_(base + "api/v1/stream"), token_(std::move(token)) {}

// HTTP/1.0 has no chunks: what comes is the stream.
Task<void> ChangeStream::listen() {
  const auto target = http::parse_target(url_);
  if (!target) co_return rejected("no URL");
  net::Peer peer{target->host, 0, target->secure, true};
  const std::string& port = target->port;
  if (std::from_chars(port.data(), port.data() + port.size(), peer.port).ec != std::errc())
    co_return rejected("no port");
  net::Stream stream(io_.get_executor(), peer, peer.tls ? net::trust("") : nullptr);
  if (auto opened = co_await stream.open(step_time); !opened) co_return failed(opened);
  std::string request = "GET " + target->path + " HTTP/1.0\r\nHost: " + std::string(target->authority()) +
                        "\r\nAccept: text/event-stream\r\n";
  if (!token_.empty()) request += "Authorization: Bearer " + token_.reveal() + "\r\n";
  request += "\r\n";
  if (auto sent = co_await stream.write(request, step_time); !sent) co_return failed(sent);
  std::string head;
  EventLines lines;
  while (true) {
    const auto bytes = co_await stream.read();
    if (!bytes) co_return failed(bytes.error());
    if (open_) {
      changed_ = lines.feed(*bytes) || changed_;
      continue;
    }
    head += *bytes;
    const auto end = head.find("\r\n\r\n");
    if (end == std::string::npos && head.size() < longest_head) continue;
    if (end == std::string::npos || !is_stream(std::string_view(head).substr(0, end)))
      co_return rejected("no stream");
    open_ = true;
    changed_ = true;  // what has changed before is not told
    lines.feed(std::string_view(head).substr(end + 4));
  }
}

void ChangeStream::begin() {
  listening_ = true;
  asio::co_spawn(io_, listen(), [this](const std::exception_ptr& thrown, const Result<void>&) {
    listening_ = false;
    open_ = false;
    try_at_ = Clock::now() + try_stream_again;
    if (thrown) std::rethrow_exception(thrown);
  });
}

void ChangeStream::wait() {
  const auto begun = Clock::now();
  while (!interrupted() && !changed_) {
    if (!listening_ && Clock::now() >= try_at_) begin();
    io_.run_for(slice);
    if (Clock::now() - begun >= (open_ ? longest_quiet : without_stream)) break;
  }
  changed_ = false;
}

}  // namespace carillon::cli
