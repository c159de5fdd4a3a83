#include "reporter/zulip/zulip.hpp"

#include <algorithm>
#include <cmath>

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "reporter/common/commit.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::zulip {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr double longest_retry_after = 24.0 * 3600;  // seconds

// The manual's example is "your-organization@zulipchat.com", where only your-organization.zulipchat.com can
// be meant.
std::string read_endpoint(const Arguments& args, const Log& log) {
  std::string endpoint = args.string("endpoint");
  const bool has_scheme = endpoint.find("://") != std::string::npos;
  if (has_scheme && !is_http_url(endpoint))
    args.fail("endpoint", "must begin with http:// or https:// and name a host");
  while (endpoint.ends_with('/'))
    endpoint.pop_back();
  if (endpoint.find_first_of(" \t\r\n?#") != std::string::npos || endpoint.empty()) {
    args.fail("endpoint", "must be a host, or a URL without a query");
  }
  if (has_scheme) return endpoint;
  const auto at = endpoint.find('@');
  if (at != std::string::npos) {
    if (at == 0 || endpoint.substr(at + 1) != "zulipchat.com") {
      args.fail("endpoint", "'@' does not belong into a host; write https://chat.example.org");
    }
    endpoint[at] = '.';
    log.warning("zulip", args.where() + ": ZulipStatusPush(endpoint=...): taken for https://" + endpoint);
  }
  endpoint.insert(0, "https://");
  return endpoint;
}

class ZulipStatusPush final : public Reporter {
 public:
  ZulipStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "zulip")),
        endpoint_(read_endpoint(args, environment.log)),
        token_(args.secret("token")),
        stream_(args.optional_string("stream").value_or("")) {
    if (token_.empty()) args.fail("token", "must not be empty");
  }

  Needs needs() const override {
    Needs needs;
    needs.properties = false;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty()) co_return deliveries;
    const json::object& build = details.builds.front();
    const BuildFacts facts = facts_of(build);
    Delivery delivery;
    delivery.key = "zulip:" + details.event_id;
    delivery.lane =
        details.source + "/" + fold_to_line(valid_utf8(facts.builder)) + "/" + std::to_string(facts.number);
    delivery.target = shown_url(endpoint_) +
                      (stream_.empty() ? "" : " stream " + ellipsize(fold_to_line(valid_utf8(stream_)), 100));
    delivery.summary = build_summary(build);
    delivery.payload = json::serialize(body_of(details, build, facts));
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    http::Request request = json_post(wire_, url(), delivery.payload);
    request.secret_query = "api_key=" + percent_encode(token_.reveal());
    auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    if (auto failure = refusal(*response)) co_return failed(*std::move(failure));
    co_return conclude(env_, wire_, delivery, *response);
  }

  Shown show(const Delivery& delivery) const override {
    return shown_request("POST", url(), delivery.payload);
  }

  std::string account() const override { return account_name("zulip", endpoint_, token_); }

 private:
  // Without the key. The endpoint has neither a query nor credentials.
  std::string url() const {
    std::string url = endpoint_ + "/api/v1/external/buildbot";
    if (!stream_.empty()) url += "?stream=" + percent_encode(stream_);
    return url;
  }

  static json::object body_of(const Details& details, const json::object& build, const BuildFacts& facts) {
    json::object body;
    body["event"] = facts.results ? "finished" : "new";
    body["buildid"] = BuildView(build).buildid().value_or(0);
    body["buildername"] = without_mentions(valid_utf8(facts.builder));
    body["url"] = valid_utf8(BuildView(build).url().value_or(""));
    const auto commits = commits_of(build);
    body["project"] = commits.empty() ? "" : without_mentions(valid_utf8(commits.front().project));
    const auto moment = integer_at(build, facts.results ? "complete_at" : "started_at");
    body["timestamp"] = moment.value_or(details.at / 1000);
    if (facts.results) body["results"] = static_cast<int>(*facts.results);
    return body;
  }

  // What Zulip says in its body. The pause is there as a fraction of seconds.
  static std::optional<Failure> refusal(const http::Response& response) {
    boost::system::error_code error;
    const json::value parsed = json::parse(response.body, error);
    const json::object* answer = error ? nullptr : parsed.if_object();
    if (response.status == 429 && answer != nullptr) {
      const json::value* pause = answer->if_contains("retry-after");
      if (pause == nullptr || !pause->is_number()) return std::nullopt;
      const double seconds = std::clamp(std::ceil(pause->to_number<double>()), 0.0, longest_retry_after);
      return Failure{Failure::Kind::throttled, "HTTP 429: " + message_of(*answer),
                     std::chrono::seconds(static_cast<std::int64_t>(seconds))};
    }
    if (response.status != 200) return std::nullopt;
    if (is_page(response)) return foreign_answer(response).value();
    if (answer != nullptr && string_at(*answer, "result") == "success") return std::nullopt;
    const std::string why = answer != nullptr ? message_of(*answer) : "the answer is not Zulip's";
    return Failure{Failure::Kind::rejected, "HTTP 200, but not accepted: " + why, std::nullopt};
  }

  static std::string message_of(const json::object& answer) {
    return ellipsize(fold_to_line(string_at(answer, "msg").value_or("no reason given")), 300);
  }

  Environment env_;
  Wire wire_;
  std::string endpoint_;
  Secret token_;
  std::string stream_;
};

}  // namespace

settings::Schema schema() {
  const Value no{false};
  settings::Schema schema;
  schema.name = "ZulipStatusPush";
  schema.modules = {"buildbot.reporters.zulip"};
  schema.arguments = {
      {.name = "endpoint",
       .types = {Type::string},
       .required = true,
       .doc = "the Zulip server, with or without https://"},
      {.name = "token", .types = {Type::secret}, .required = true, .doc = "API key of the bot"},
      {.name = "stream", .types = {Type::string}, .doc = "where to post; None: a private message"},
      {.name = "builders", .types = {Type::strings}, .doc = "only these builders"},
      {.name = "wantProperties",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "accepted; the message has no place for them"},
      {.name = "wantSteps", .types = {Type::boolean}, .fallback = no, .doc = "likewise"},
      {.name = "wantPreviousBuild", .types = {Type::boolean}, .fallback = no, .doc = "likewise"},
      {.name = "wantLogs", .types = {Type::boolean}, .fallback = no, .doc = "likewise"},
  };
  add_wire_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<ZulipStatusPush>(args, environment);
}

}  // namespace carillon::reporter::zulip
