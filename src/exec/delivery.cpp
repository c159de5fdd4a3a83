#include "exec/delivery.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "transport/http_target.hpp"

namespace carillon::exec {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds request_time{10'000};
constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{60'000};
constexpr milliseconds turn{50};  // how often it is looked whether another process is through

// Twice as long as the last one; the server may wish for more.
milliseconds pause_after(const Failure& failure, milliseconds& usual) {
  const milliseconds pause = usual;
  usual = std::min(usual * 2, longest_pause);
  return failure.retry_after
             ? std::max<milliseconds>(pause, std::min(*failure.retry_after, longest_asked_pause))
             : pause;
}

}  // namespace

std::string ingest_urls(std::string_view servers) {
  std::string all;
  for (const std::string_view server : words_of(servers, ", "))
    all += (all.empty() ? "" : ",") + ingest_url(server);
  return all;
}

std::string ingest_url(std::string_view server) {
  constexpr std::string_view ours = "/ingest";
  std::string_view url = server;
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto parsed = Url::parse(url);
  if (parsed && parsed->path.ends_with(ours) && url.ends_with(ours)) url.remove_suffix(ours.size());
  return std::string(url) + "/ingest";
}

Delivery::Delivery(http::Client& client, std::string url, Secret token, Box& box, Box::Say say)
    : client_(client), token_(std::move(token)), box_(box), say_(std::move(say)) {
  const std::string urls = ingest_urls(url);
  for (const std::string_view one : words_of(urls, ","))
    ingest_.emplace_back(one);
  if (ingest_.empty()) ingest_.push_back(ingest_url(url));  // which nobody answers
}

// The one that answered last goes first; the others where it does not answer.
Task<void> Delivery::post(std::string lines) {
  Result<void> answer;
  for (std::size_t tries = 0; tries < ingest_.size(); ++tries) {
    answer = co_await post_to(ingest_[answering_], lines);
    if (answer || answer.error().kind == Failure::Kind::rejected) break;
    answering_ = (answering_ + 1) % ingest_.size();
  }
  co_return answer;
}

Task<void> Delivery::post_to(std::string url, std::string lines) {
  http::Request request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/x-ndjson"}};
  if (!token_.reveal().empty()) request.headers.emplace_back("Authorization", "Bearer " + token_.reveal());
  request.body = std::move(lines);
  request.timeout = request_time;
  request.max_body = std::size_t{64} << 10U;
  request.needs_body = false;
  auto answer = co_await client_.request(std::move(request));
  if (!answer) co_return failed(answer);
  auto judged = http::judge(*answer, SystemClock().now() / 1000);
  if (!judged) judged.error().what.insert(0, "POST " + http::parse_target(url)->shown() + ": ");
  co_return judged;
}

Task<void> Delivery::send_all() {
  const auto sender = box_.become_sender();
  if (!sender) co_return failed(sender);
  busy_ = !sender->has_value();
  if (busy_) co_return unreachable("another carillon exec is sending reports");
  box_.adopt_lost();
  for (;;) {
    const auto next = box_.oldest();
    if (!next) co_return ok();
    const Box::Report& report = *next;
    const auto answer = co_await post(report.lines);
    if (answer) {
      box_.remove(report.name);
    } else if (answer.error().kind == Failure::Kind::rejected) {
      const auto moved = box_.set_aside(report.name);
      const std::string kept =
          moved ? "is kept as " + box_.where() + "/refused/" + report.name + ".report"
                : "stays, and is tried again later, because it cannot be set aside: " + moved.error().what;
      say_("the server does not take a report: " + answer.error().what + " (it " + kept + ")");
    } else {
      co_return answer;
    }
    ++sent_;
  }
}

Task<void> Delivery::insist(const std::string& name, milliseconds patience, milliseconds limit) {
  const auto end = Steady::now() + limit;
  auto patient_until = Steady::now() + patience;
  milliseconds usual = first_pause;
  for (;;) {
    const std::size_t before = sent_;
    auto sent = co_await send_all();
    if (sent) co_return ok();
    if (busy_ && !name.empty() && !box_.has(name)) co_return ok();  // the other one has sent it
    if (sent_ != before) {
      patient_until = Steady::now() + patience;
      usual = first_pause;
    }
    const milliseconds pause = busy_ ? turn : pause_after(sent.error(), usual);
    if (Steady::now() + pause > std::min(end, patient_until)) co_return sent;
    co_await sleep_for(pause);
  }
}

asio::awaitable<void> Delivery::tell(std::string lines, bool& told) {
  milliseconds usual = first_pause;
  for (;;) {
    // What comes of the others does not matter here: the end of the run looks after them once more.
    static_cast<void>(co_await send_all());
    const auto sent = co_await post(lines);
    told = sent.has_value();
    // What the server refuses is said when the whole report is.
    if (told || sent.error().kind == Failure::Kind::rejected) co_return;
    co_await sleep_for(pause_after(sent.error(), usual));
  }
}

}  // namespace carillon::exec
