#include "reporter/http_push/http_push.hpp"

#include "base/encoding.hpp"
#include "reporter/texts.hpp"
#include "reporter/wire.hpp"

namespace carillon::reporter::http_push {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

std::optional<std::string> text_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* secret = value.as<Secret>()) return secret->reveal();
  return std::nullopt;
}

std::optional<http::Auth> parse_auth(const Arguments& args) {
  http::Auth auth;
  if (args.given("user") && args.given("auth"))
    args.fail("auth", "give either user and password or auth, not both");
  if (args.given("user")) {
    auth.user = text_of(args.at("user")).value_or("");
    auth.password = args.secret("password");
    return auth;
  }
  if (!args.given("auth")) return std::nullopt;
  const auto* pair = args.at("auth").as<settings::List>();
  if (pair == nullptr || pair->size() != 2) args.fail("auth", "must be a pair (user, password)");
  const auto user = text_of(pair->front());
  const auto password = text_of(pair->back());
  if (!user || !password) args.fail("auth", "must be a pair of strings or secrets (user, password)");
  auth.user = *user;
  auth.password = Secret(*password);
  return auth;
}

class HttpStatusPush final : public Reporter {
 public:
  HttpStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        url_(args.string("serverUrl")),
        target_(shown_url(url_)),
        auth_(parse_auth(args)),
        format_(args.object("format_fn")),
        want_properties_(args.boolean("wantProperties")),
        want_steps_(args.boolean("wantSteps")),
        want_previous_(args.boolean("wantPreviousBuild")),
        want_logs_(args.boolean("wantLogs")),
        verify_(!args.given("verify") || args.boolean("verify")),
        debug_(args.given("debug") && args.boolean("debug")) {
    if (!is_http_url(url_)) args.fail("serverUrl", "must begin with http:// or https:// and name a host");
    if (want_logs_ && !want_steps_) {
      env_.log.warning("http",
                       args.where() + ": HttpStatusPush(wantLogs=True) has no effect without wantSteps=True");
    }
  }

  Needs needs() const override {
    Needs needs;
    needs.properties = want_properties_ || format_ != nullptr;
    needs.steps = want_steps_;
    needs.logs = want_steps_ && want_logs_;
    needs.previous_build = want_previous_;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Order& order) override {
    std::vector<Delivery> deliveries;
    if (order.builds.empty()) co_return deliveries;
    const json::object& build = order.builds.front();
    const BuildFacts facts = facts_of(build);
    Delivery delivery;
    delivery.key = "http:" + order.event_id;
    delivery.lane =
        order.master + "/" + fold_to_line(valid_utf8(facts.builder)) + "/" + std::to_string(facts.number);
    delivery.target = target_;
    delivery.summary = build_summary(build);
    if (format_) {
      auto formatted = co_await formatted_body(build, order.master);
      if (formatted) {
        delivery.payload = json::serialize(*formatted);
      } else {
        delivery.note = "format_fn failed, so the plain build was posted: " + formatted.error().what;
      }
    }
    if (delivery.payload.empty()) delivery.payload = body_text(build);
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    http::Request request;
    request.method = "POST";
    request.url = url_;
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = delivery.payload;
    request.auth = auth_;
    request.verify = verify_;
    auto response = co_await env_.http.request(std::move(request));
    if (!response) co_return tl::unexpected<Failure>(response.error());
    if (debug_)
      env_.log.info("http",
                    target_ + " answered " + std::to_string(response->status) + " to " + delivery.summary);
    auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) co_return tl::unexpected<Failure>(judged.error());
    Receipt receipt;
    receipt.answer = std::to_string(response->status);
    co_return receipt;
  }

  Shown show(const Delivery& delivery) const override {
    return shown_request("POST", target_, delivery.payload);
  }

  std::size_t concurrency() const override { return 64; }

 private:
  // Whether the member belongs to the body: what the data API has and what was asked for.
  bool wants(std::string_view member) const {
    if (member == "changes") return false;
    if (member == "steps") return want_steps_;
    if (member == "prev_build") return want_previous_;
    return true;
  }

  // The body as text, without a copy of the build.
  std::string body_text(const json::object& build) const {
    std::string text = "{";
    for (const auto& member : build) {
      if (!wants(member.key())) continue;
      if (text.size() > 1) text += ',';
      text += json::serialize(member.key());
      text += ':';
      text += member.key() == "properties" && !want_properties_ ? "{}" : json::serialize(member.value());
    }
    return text + "}";
  }

  // format_fn gets the same build, with its properties in any case.
  Task<json::value> formatted_body(const json::object& build, const std::string& master) {
    json::object body;
    for (const auto& member : build) {
      if (wants(member.key())) body.emplace(member.key(), member.value());
    }
    json::array args;
    args.emplace_back(std::move(body));
    return format_->call("", std::move(args), master);
  }

  Environment env_;
  std::string url_;
  std::string target_;
  std::optional<http::Auth> auth_;
  settings::ObjectPtr format_;
  bool want_properties_;
  bool want_steps_;
  bool want_previous_;
  bool want_logs_;
  bool verify_;
  bool debug_;
};

}  // namespace

settings::Schema schema() {
  const Value no{false};
  const Value none{};
  settings::Schema schema;
  schema.name = "HttpStatusPush";
  schema.modules = {"buildbot.reporters.http"};
  schema.arguments = {
      {"serverUrl", {Type::string}, true, none, "where to post"},
      {"user", {Type::string, Type::secret}, false, none, "user of Basic authentication"},
      {"password", {Type::secret}, false, none, "its password"},
      {"auth",
       {Type::list, Type::object},
       false,
       none,
       "(user, password), instead of the two above",
       false,
       true},
      {"format_fn", {Type::callable}, false, none, "makes the posted value out of the build"},
      {"builders", {Type::strings}, false, none, "only these builders"},
      {"wantProperties", {Type::boolean}, false, no, "with the build's properties"},
      {"wantSteps", {Type::boolean}, false, no, "with the build's steps"},
      {"wantPreviousBuild", {Type::boolean}, false, no, "with the build before it"},
      {"wantLogs", {Type::boolean}, false, no, "with the contents of the steps' logs"},
      {"debug", {Type::boolean}, false, none, "log every answer"},
      {"verify", {Type::boolean}, false, none, "check the server's certificate (default)"},
  };
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<HttpStatusPush>(args, environment);
}

}  // namespace carillon::reporter::http_push
