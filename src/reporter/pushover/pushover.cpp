#include "reporter/pushover/pushover.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/push_notice.hpp"
#include "reporter/common/summary.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/pushover/pushover_params.hpp"

namespace carillon::reporter::pushover {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_message = 1024;  // characters, as the other limits
constexpr std::size_t max_title = 250;
constexpr std::size_t max_url_title = 100;
constexpr std::int64_t emergency = 2;
constexpr std::chrono::seconds shortest_pause{5};         // after a server error
constexpr std::int64_t longest_pause = 32LL * 24 * 3600;  // the quota is monthly

// Until X-Limit-App-Reset.
std::optional<std::chrono::seconds> quota_pause(const http::Response& response, std::int64_t now) {
  const auto header = response.header("x-limit-app-reset");
  std::int64_t moment = 0;
  if (!header || std::from_chars(header->data(), header->data() + header->size(), moment).ec != std::errc())
    return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(moment - now, 0, longest_pause));
}

std::string reasons(const json::object& answer) {
  std::string text;
  if (const json::array* errors = array_at(answer, "errors")) {
    for (const json::value& error : *errors) {
      if (error.is_string()) text += (text.empty() ? "" : ", ") + std::string(error.get_string());
    }
  }
  return text.empty() ? "no reason given" : ellipsize(fold_to_line(text), 300);
}

class PushoverNotifier final : public Reporter {
 public:
  PushoverNotifier(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "pushover")),
        settings_(read_notice_settings(args)),
        user_(args.secret("user_key")),
        token_(args.secret("api_token")),
        priorities_(read_levels(args, "priorities", -2, emergency)),
        params_(read_params(args, has_emergency(priorities_))),
        base_url_(base_url(args, "base_url")) {
    if (user_.empty()) args.fail("user_key", "must not be empty");
    if (token_.empty()) args.fail("api_token", "must not be empty");
  }

  Needs needs() const override { return notice_needs(settings_); }
  bool sums_up() const override { return true; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    const auto notice = co_await word_notice(settings_, env_, details);
    if (!notice) co_return deliveries;
    Delivery delivery = notice_delivery("pushover", details, *notice);
    delivery.target = "pushover " + shown_url(base_url_) + " token " + short_hash(token_.reveal());
    delivery.payload = json::serialize(message_of(details, *notice));
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    json::object body = json::parse(delivery.payload).as_object();
    body["token"] = token_.reveal();
    body["user"] = user_.reveal();
    auto response = co_await exchange(env_, wire_, json_post(wire_, url(), json::serialize(body)));
    if (!response) {
      Failure failure = response.error();
      if (failure.kind == Failure::Kind::unreachable) failure.retry_after = shortest_pause;
      co_return failed(std::move(failure));
    }
    co_return verdict(delivery, *response);
  }

  Shown show(const Delivery& delivery) const override {
    return shown_request("POST", shown_url(url()), delivery.payload);
  }

  std::size_t concurrency() const override { return 2; }
  std::string account() const override { return account_name("pushover", base_url_, token_); }
  Millis longest_pause() const override { return Millis{24} * 3600 * 1000; }  // the quota is monthly

 private:
  std::string url() const { return base_url_ + "/1/messages.json"; }

  static bool has_emergency(const Levels& levels) {
    return std::ranges::any_of(levels, [](const auto& entry) { return entry.second == emergency; });
  }

  json::object message_of(const Details& details, const Notice& notice) const {
    json::object message;
    add_text(notice, message);
    if (!is_blank(notice.subject)) message["title"] = ellipsize(valid_utf8(notice.subject), max_title);
    add_url(details, notice, message);
    if (!params_.sound.empty()) message["sound"] = params_.sound;
    if (!params_.device.empty()) message["device"] = params_.device;
    if (params_.timestamp) message["timestamp"] = *params_.timestamp;
    if (params_.ttl) message["ttl"] = *params_.ttl;
    const auto priority = level_of(priorities_, settings_, details, notice.results);
    if (!priority) return message;
    message["priority"] = *priority;
    if (*priority == emergency) {
      message["retry"] = *params_.retry;
      message["expire"] = *params_.expire;
      if (!params_.callback.empty()) message["callback"] = params_.callback;
      if (!params_.tags.empty()) message["tags"] = params_.tags;
    }
    return message;
  }

  // Pushover wants some text; and HTML that is cut could leave a tag open.
  void add_text(const Notice& notice, json::object& message) const {
    std::string text = valid_utf8(notice.body);
    const bool is_html = notice.markup == message::Markup::html;
    bool html = params_.html.value_or(is_html && !params_.monospace);
    if (html ? ellipsize(text, max_message) != text : is_html) {
      text = plain_of_html(text);
      html = false;
    }
    if (is_blank(text)) {
      text = is_blank(notice.subject) ? valid_utf8(notice.summary) : valid_utf8(notice.subject);
      html = false;
    }
    if (html) message["html"] = 1;
    if (params_.monospace) message["monospace"] = 1;
    message["message"] = ellipsize(text, max_message);
  }

  void add_url(const Details& details, const Notice& notice, json::object& message) const {
    std::string url = params_.url.empty() ? valid_utf8(notice.url) : params_.url;
    if (url.empty() || ellipsize(url, max_url) != url) return;
    std::string title = params_.url_title;
    if (title.empty() && params_.url.empty() && !details.builds.empty()) {
      const BuildFacts facts = facts_of(linked_build(details.builds));
      title = run_title(facts.run(), fold_to_line(valid_utf8(facts.builder)));
    }
    message["url"] = url;
    if (!title.empty()) message["url_title"] = ellipsize(title, max_url_title);
  }

  Result<Receipt> verdict(const Delivery& delivery, const http::Response& response) const {
    const std::int64_t now = env_.clock.now() / 1000;
    boost::system::error_code error;
    const json::value parsed = json::parse(response.body, error);
    const json::object empty;
    const json::object& answer = !error && parsed.is_object() ? parsed.get_object() : empty;
    const std::string status = "HTTP " + std::to_string(response.status);
    if (response.status == 200) {
      if (is_page(response)) return foreign_answer(response);
      if (integer_at(answer, "status") != 1)
        return rejected(status + ", but not accepted: " + reasons(answer));
      auto receipt = conclude(env_, wire_, delivery, response);
      if (receipt && response.header("x-limit-app-remaining") == "0")
        receipt->pause = quota_pause(response, now);
      return receipt;
    }
    if (response.status == 429) {
      if (const auto pause = quota_pause(response, now))
        return throttled(status + ": " + reasons(answer), *pause);
    }
    auto receipt = conclude(env_, wire_, delivery, response);
    if (!receipt && receipt.error().kind == Failure::Kind::unreachable) {
      receipt.error().retry_after =
          std::max(receipt.error().retry_after.value_or(shortest_pause), shortest_pause);
    }
    return receipt;
  }

  Environment env_;
  Wire wire_;
  NoticeSettings settings_;
  Secret user_;
  Secret token_;
  Levels priorities_;
  Params params_;
  std::string base_url_;
};

}  // namespace

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "PushoverNotifier";
  schema.modules = {"buildbot.reporters.pushover"};
  schema.arguments = {
      {.name = "user_key", .types = {Type::secret}, .required = true, .doc = "who gets the notifications"},
      {.name = "api_token", .types = {Type::secret}, .required = true, .doc = "token of the application"},
  };
  add_notice_arguments(schema, NoticeArguments{});
  insert_own_arguments(
      schema,
      {{.name = "priorities", .types = {Type::dict}, .doc = "mode -> -2..2"},
       {.name = "otherParams", .types = {Type::dict}, .doc = "further parameters of Pushover's API"}});
  schema.arguments.push_back({.name = "base_url",
                              .types = {Type::string},
                              .fallback = Value{std::string("https://api.pushover.net")},
                              .doc = "the API"});
  add_wire_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<PushoverNotifier>(args, environment);
}

}  // namespace carillon::reporter::pushover
