#include "reporter/pushjet/pushjet.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/push_notice.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::pushjet {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_title = 255;      // characters
constexpr std::size_t max_message = 20000;  // ours: the server has no limit, but phones are small
constexpr std::size_t secret_size = 32;

bool looks_right(const std::string& secret) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return secret.size() == secret_size && std::ranges::all_of(secret, fits);
}

class PushjetNotifier final : public Reporter {
 public:
  PushjetNotifier(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "pushjet")),
        settings_(read_notice_settings(args)),
        secret_(args.secret("secret")),
        levels_(read_levels(args, "levels", 0, 5)),
        base_url_(base_url(args, "base_url")) {
    if (secret_.empty()) args.fail("secret", "must not be empty");
    if (!looks_right(secret_.reveal())) {
      env_.log.warning("pushjet", args.where() +
                                      ": PushjetNotifier(secret=...): Pushjet's secrets are 32 letters "
                                      "and digits; the server will refuse this one");
    }
  }

  Needs needs() const override { return notice_needs(settings_); }
  bool sums_up() const override { return true; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    const auto notice = co_await word_notice(settings_, env_, details);
    if (!notice) co_return deliveries;
    Delivery delivery = notice_delivery("pushjet", details, *notice);
    delivery.target = "pushjet " + shown_url(base_url_);
    delivery.payload = json::serialize(fields_of(details, *notice));
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    std::vector<std::pair<std::string, std::string>> fields = {{"secret", secret_.reveal()}};
    const json::value payload = json::parse(delivery.payload);
    for (const auto& member : payload.as_object())
      fields.emplace_back(member.key(), member.value().as_string());
    http::Request request;
    request.method = "POST";
    request.url = base_url_ + "/message";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = form_encode(fields);
    auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    if (response->status == 200) {
      if (is_page(*response)) co_return foreign_answer(*response);
      if (auto refused = refusal(response->body))
        co_return rejected("HTTP 200, but not accepted: " + *refused);
    }
    co_return conclude(env_, wire_, delivery, *response);
  }

  Shown show(const Delivery& delivery) const override {
    return shown_request("POST", shown_url(base_url_ + "/message"), delivery.payload);
  }

  std::string account() const override { return account_name("pushjet", base_url_, secret_); }

 private:
  // The fields of the form but for the secret.
  json::object fields_of(const Details& details, const Notice& notice) const {
    std::string text = valid_utf8(notice.body);
    if (notice.markup == message::Markup::html) text = plain_of_html(text);
    const std::string subject = valid_utf8(notice.subject);
    if (is_blank(text)) text = is_blank(subject) ? valid_utf8(notice.summary) : subject;
    json::object fields;
    fields["message"] = ellipsize(text, max_message);
    if (!is_blank(subject)) fields["title"] = ellipsize(subject, max_title);
    if (const auto level = level_of(levels_, settings_, details, notice.results)) {
      fields["level"] = std::to_string(std::max<std::int64_t>(*level, 1));
    }
    if (!notice.url.empty()) fields["link"] = valid_utf8(notice.url);
    return fields;
  }

  // JSON, whatever its Content-Type says; nullopt when it is "ok".
  static std::optional<std::string> refusal(const std::string& body) {
    boost::system::error_code error;
    const json::value parsed = json::parse(body, error);
    const json::object* answer = error ? nullptr : parsed.if_object();
    if (answer == nullptr) return "the answer is not Pushjet's";
    if (string_at(*answer, "status") == "ok") return std::nullopt;
    return ellipsize(fold_to_line(string_at(*answer, "error.message").value_or("no reason given")), 300);
  }

  Environment env_;
  Wire wire_;
  NoticeSettings settings_;
  Secret secret_;
  Levels levels_;
  std::string base_url_;
};

}  // namespace

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "PushjetNotifier";
  schema.modules = {"buildbot.reporters.pushjet", "buildbot.reporters.pushover"};
  schema.arguments = {
      {.name = "secret", .types = {Type::secret}, .required = true, .doc = "secret of the Pushjet service"}};
  add_notice_arguments(schema, NoticeArguments{});
  insert_own_arguments(schema, {{.name = "levels", .types = {Type::dict}, .doc = "mode -> 0..5"},
                                {.name = "base_url",
                                 .types = {Type::string},
                                 .fallback = Value{std::string("https://api.pushjet.io")},
                                 .doc = "the server"}});
  add_wire_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<PushjetNotifier>(args, environment);
}

}  // namespace carillon::reporter::pushjet
