#include "reporter/common/scripted.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "model/event.hpp"
#include "reporter/common/commit_status.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/wrapper.hpp"

namespace carillon::reporter {
namespace {

constexpr std::string_view key_prefix = "script:";
constexpr std::string_view request_member = "carillon_request";
constexpr std::string_view lost_mark = "#lost";  // ends the key of a report that has no words at all

// The request that the delivery is; null: it is one of the reporter's own. The key says so, because the
// payload of a reporter's own may be anything that was posted.
json::value kept_request(const Delivery& delivery) {
  if (!delivery.key.starts_with(key_prefix) || delivery.key.ends_with(lost_mark)) return nullptr;
  if (!delivery.payload.starts_with("{\"" + std::string(request_member) + "\":")) return nullptr;
  return json::parse(delivery.payload).at(request_member);
}

// What the class sends by itself.
struct Sends {
  bool builds = false;   // `send`
  bool reports = false;  // of generators: `sendMessage`
};

Sends sends_of(const settings::Object& self) {
  const bool in_parts = self.overrides("createStatus") || self.overrides("_extract_issue");
  return {in_parts || self.overrides("send"), in_parts || self.overrides("sendMessage")};
}

std::string method_for(const Details& details) {
  return details.report ? "sendMessage" : "send";
}

class Scripted final : public Wrapping {
 public:
  Scripted(std::unique_ptr<Reporter> plain, settings::ObjectPtr self, const Environment& environment,
           Sends sends)
      : Wrapping(std::move(plain)), self_(std::move(self)), env_(environment), sends_(sends) {}

  Needs needs() const override {
    Needs needs = inner().needs();
    needs.properties = true;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    const bool is_build =
        details.kind == EventKind::build_started || details.kind == EventKind::build_finished;
    const bool is_asked = details.report ? sends_.reports : is_build && sends_.builds;
    if (details.plain || details.builds.empty() || !is_asked) co_return co_await inner().compose(details);
    const auto sent = co_await asked(details);
    if (sent && sent->is_object())
      co_return unreachable(method_for(details) + " of " + self_->where() +
                            " asked in vain: " + text_at(sent->get_object(), "again"));
    if (!sent) co_return co_await in_plain_words(details, sent.error().what);
    std::vector<Delivery> deliveries;
    for (const json::value& one : sent->as_array()) {
      const json::object& record = one.as_object();
      const std::string mark = deliveries.empty() ? "" : "#" + std::to_string(deliveries.size());
      if (const json::object* request = object_at(record, "request")) {
        deliveries.push_back(of_request(details, *request, text_at(record, "base"), mark));
        continue;
      }
      auto worded = co_await inner().compose(changed(details, record));
      if (!worded) co_return failed(worded);
      for (Delivery& delivery : *worded) {
        delivery.key += mark;
        deliveries.push_back(std::move(delivery));
      }
    }
    if (deliveries.empty())
      co_return nothing_to_send(
          "script", details, "nobody",
          method_for(details) + " of " + self_->where() + " sends nothing for this build");
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value kept = kept_request(delivery);
    if (kept.is_null()) co_return co_await inner().send(delivery);
    json::array args;
    args.emplace_back(kept);
    const auto rest = co_await self_->call("_carillon_request", std::move(args), "");
    if (!rest) co_return failed(rest);
    http::Request request;
    request.method = kept.at("method").as_string();
    const std::string path = text_at(rest->as_object(), "path");
    if (!path.empty() && path.front() != '/' && path.front() != '?')
      co_return rejected("the path of a request must begin with / or ?");
    request.url = text_at(rest->as_object(), "base") + path;
    request.body = text_at(rest->as_object(), "body");
    if (kept.as_object().contains("binary")) request.body = base64_decode(request.body).value_or("");
    request.needs_body = false;
    request.verify = rest->at("verify").as_bool();
    for (const json::value& header : rest->at("headers").as_array())
      request.headers.emplace_back(header.at(0).as_string(), header.at(1).as_string());
    if (const json::array* pair = array_at(rest->as_object(), "auth"); pair != nullptr && pair->size() == 2) {
      request.auth = http::Auth{.user = std::string(pair->front().as_string()),
                                .password = Secret(std::string(pair->back().as_string()))};
    }
    const auto response = co_await env_.http.request(std::move(request));
    if (!response) co_return failed(response);
    const auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) co_return failed(judged);
    co_return Receipt{std::to_string(response->status), {}, {}};
  }

  Shown show(const Delivery& delivery) const override {
    const json::value kept = kept_request(delivery);
    if (kept.is_null()) return inner().show(delivery);
    return shown_request(std::string(kept.at("method").as_string()), delivery.target,
                         std::string(kept.at("body").as_string()));
  }

 private:
  Task<json::value> asked(const Details& details) {
    json::array args;
    if (!details.report) {
      args.emplace_back(details.builds.front());
      return self_->call("_carillon_compose", std::move(args), details.source);
    }
    json::array builds;
    for (const json::object& build : details.builds)
      builds.emplace_back(build);
    args.emplace_back(*details.report);
    args.emplace_back(std::move(builds));
    return self_->call("_carillon_compose_report", std::move(args), details.source);
  }

  Task<std::vector<Delivery>> in_plain_words(const Details& details, const std::string& why) {
    auto worded = co_await inner().compose(details);
    if (!worded) co_return failed(worded);
    for (Delivery& delivery : *worded) {
      const bool lost = delivery.key.ends_with(lost_mark);
      const std::string outcome = lost            ? "the report is lost: "
                                  : delivery.skip ? "nothing is sent: "
                                                  : "the reporter's own words are sent: ";
      delivery.note = method_for(details) + " of " + self_->where() + " failed, so " + outcome +
                      fold_to_line(valid_utf8(why)) + (delivery.note.empty() ? "" : "; " + delivery.note);
    }
    co_return worded;
  }

  // The report about the build that the method passed on.
  static Details changed(const Details& details, const json::object& record) {
    Details own = details;
    if (const json::object* build = object_at(record, "own")) own.builds = Builds({*build});
    if (const json::object* report = object_at(record, "report")) own.report = *report;
    return own;
  }

  // One lane for each build, as its own reports have it.
  static Delivery of_request(const Details& details, const json::object& request, const std::string& base,
                             const std::string& mark) {
    const BuildFacts facts = facts_of(details.builds.front());
    Delivery delivery;
    delivery.key = std::string(key_prefix) + details.event_id + mark;
    delivery.lane = "script:" + details.source + "/" + fold_to_line(valid_utf8(facts.builder)) + "/" +
                    std::to_string(facts.number);
    delivery.target = shown_url(base + text_at(request, "path"));
    delivery.summary = build_summary(details.builds.front());
    delivery.payload =
        "{\"" + std::string(request_member) + "\":" + json::serialize(json::value(request)) + "}";
    return delivery;
  }

  settings::ObjectPtr self_;
  Environment env_;
  Sends sends_;
};

// What is left of a class of the configuration when its method fails.
class Base final : public Reporter {
 public:
  explicit Base(const settings::Arguments& args) {
    const auto wants = [&](const char* name) { return args.has(name) && args.boolean(name); };
    needs_.steps = wants("wantSteps");
    needs_.logs = wants("wantSteps") && wants("wantLogs");
    needs_.previous_build = wants("wantPreviousBuild");
    pushes_ = args.has("wantSteps");
  }

  Needs needs() const override { return needs_; }
  bool tells_programs() const override { return pushes_; }
  Task<std::vector<Delivery>> compose(const Details& details) override {
    if (details.builds.empty()) co_return std::vector<Delivery>();
    Delivery lost;
    lost.key = std::string(key_prefix) + details.event_id + std::string(lost_mark);
    lost.lane = lost.key;
    lost.target = "nobody";
    lost.summary = build_summary(details.builds.front());
    lost.payload = "{}";
    co_return std::vector{std::move(lost)};
  }
  Task<Receipt> send(const Delivery&) override {
    co_return rejected(
        "the class says nothing of the build; mend it, and report the build again with `carillon replay`");
  }

 private:
  Needs needs_;
  // A class of HttpStatusPushBase.
  bool pushes_ = false;
};

}  // namespace

std::unique_ptr<Reporter> scripted(std::unique_ptr<Reporter> plain, const settings::ObjectPtr& self,
                                   const Environment& environment) {
  const Sends sends = self == nullptr ? Sends() : sends_of(*self);
  if (!sends.builds && !sends.reports) return plain;
  return std::make_unique<Scripted>(std::move(plain), self, environment, sends);
}

std::unique_ptr<Reporter> scripted_notifier(std::unique_ptr<Reporter> plain, const settings::ObjectPtr& self,
                                            const Environment& environment) {
  if (self == nullptr || !self->overrides("sendMessage")) return plain;
  return std::make_unique<Scripted>(std::move(plain), self, environment,
                                    Sends{.builds = false, .reports = true});
}

settings::Schema push_base_schema() {
  settings::Schema schema;
  schema.name = "HttpStatusPushBase";
  schema.modules = {"buildbot.reporters.http"};
  add_push_arguments(schema);
  return schema;
}

settings::Schema reporter_base_schema() {
  settings::Schema schema;
  schema.name = "ReporterBase";
  schema.modules = {"buildbot.reporters.base"};
  return schema;
}

std::unique_ptr<Reporter> make_base(const settings::Arguments& args, const Environment&) {
  return std::make_unique<Base>(args);
}

}  // namespace carillon::reporter
