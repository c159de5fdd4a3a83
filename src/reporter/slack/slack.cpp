#include "reporter/slack/slack.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "reporter/common/debug_log.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/push_notice.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::slack {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_text = 40000;  // characters; Slack cuts what is longer

// Slack's three special characters escaped, at most max_chars characters: the text is cut between them.
std::string mrkdwn(std::string_view text, std::size_t max_chars) {
  std::string out;
  std::size_t fitting = 0;  // bytes that may stay when an ellipsis must follow
  std::size_t chars = 0;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
      ++length;
    const std::string_view one = text.substr(0, length);
    const std::string_view coded = one == "&" ? "&amp;" : one == "<" ? "&lt;" : one == ">" ? "&gt;" : one;
    chars += coded.size() == length ? 1 : coded.size();
    if (chars > max_chars) return out.substr(0, fitting) + "\u2026";
    out += coded;
    if (chars < max_chars) fitting = out.size();
    text.remove_prefix(length);
  }
  return out;
}

class SlackStatusPush final : public Reporter {
 public:
  SlackStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "slack")),
        settings_(read_notice_settings(args)),
        url_(args.secret("serverUrl")),
        channel_(trim(args.optional_string("channel").value_or(""))) {
    if (!is_http_url(url_.reveal())) {
      args.fail("serverUrl", "must begin with http:// or https:// and name a host");
    }
    const auto url = Url::parse(url_.reveal());
    origin_ = std::string(url->scheme).append("://").append(url->authority());
    path_ = url->path;
    settings_.breaks_mentions = true;
  }

  Needs needs() const override { return notice_needs(settings_); }
  bool sums_up() const override { return true; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    const auto notice = co_await word_notice(settings_, env_, details);
    if (!notice) co_return deliveries;
    Delivery delivery = notice_delivery("slack", details, *notice);
    delivery.target = "slack " + origin_;
    if (!channel_.empty()) delivery.target += " " + ellipsize(fold_to_line(valid_utf8(channel_)), 100);
    json::object body;
    body["text"] = text_of(*notice);
    if (!channel_.empty()) body["channel"] = valid_utf8(channel_);
    delivery.payload = json::serialize(body);
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  // Not by exchange(): its log shows the path.
  Task<Receipt> send(const Delivery& delivery) override {
    const std::string shown = "POST " + origin_ + "/...";
    if (wire_.debug) log_request(env_, "slack", shown, delivery.payload);
    auto response = co_await env_.http.request(json_post(wire_, url_.reveal(), delivery.payload));
    if (!response) response = failed(without_url(response.error()));
    if (wire_.debug) log_answer(env_, "slack", shown, response);
    if (!response) co_return failed(response);
    const std::string answer = ellipsize(fold_to_line(valid_utf8(response->body)), 300);
    if (response->status == 200 && is_page(*response)) co_return foreign_answer(*response);
    if (response->status == 200 && trim(response->body) != "ok") {
      co_return rejected("HTTP 200, but not accepted: " + answer);
    }
    co_return conclude(env_, wire_, delivery, *response);
  }

  // The path is secret.
  Shown show(const Delivery& delivery) const override {
    return shown_request("POST", origin_ + "/...", delivery.payload);
  }

  // Slack takes about one message a second.
  std::size_t concurrency() const override { return 1; }
  std::string account() const override { return account_name("slack", origin_, url_); }

 private:
  static std::string text_of(const Notice& notice) {
    std::string text = valid_utf8(notice.body);
    if (notice.markup == message::Markup::html) text = plain_of_html(text);
    text = std::string(trim(text));
    if (!notice.subject.empty()) text = valid_utf8(notice.subject) + (text.empty() ? "" : "\n" + text);
    return mrkdwn(text.empty() ? without_mentions(valid_utf8(notice.summary)) : text, max_text);
  }

  // The client's texts name host and path; here the path is secret.
  Failure without_url(Failure failure) const {
    if (path_.size() < 2) return failure;
    for (auto at = failure.what.find(path_); at != std::string::npos; at = failure.what.find(path_, at + 1))
      failure.what.replace(at, path_.size(), "/***");
    return failure;
  }

  Environment env_;
  Wire wire_;
  NoticeSettings settings_;
  Secret url_;
  std::string channel_;
  std::string origin_;  // "https://hooks.slack.com": the rest of the URL is the credential
  std::string path_;    // of it, secret
};

}  // namespace

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "SlackStatusPush";
  schema.modules = {"buildbot.reporters.slack"};
  NoticeArguments which;
  which.subject = false;
  add_notice_arguments(schema, which);
  const auto formatter = std::ranges::find(schema.arguments, "messageFormatter", &settings::Argument::name);
  std::rotate(schema.arguments.begin(), formatter, formatter + 1);
  schema.arguments.insert(
      schema.arguments.begin(),
      {{.name = "serverUrl", .types = {Type::secret}, .required = true, .doc = "URL of the incoming webhook"},
       {.name = "channel", .types = {Type::string}, .doc = "instead of the webhook's own channel"}});
  add_wire_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<SlackStatusPush>(args, environment);
}

}  // namespace carillon::reporter::slack
