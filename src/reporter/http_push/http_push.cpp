#include "reporter/http_push/http_push.hpp"

#include "base/encoding.hpp"
#include "reporter/http_push/build_text.hpp"
#include "reporter/long_body.hpp"
#include "reporter/texts.hpp"
#include "reporter/wire.hpp"

namespace carillon::reporter::http_push {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::int64_t default_log_size = std::int64_t{1} << 20;
constexpr std::uint64_t slowest_rate = std::uint64_t{64} << 10U;  // bytes per second that a long one may need

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

std::uint64_t log_size(const Arguments& args) {
  const std::int64_t size = args.integer("maxLogSize");
  if (size < 1024) args.fail("maxLogSize", "a limit in bytes, at least 1024");
  return static_cast<std::uint64_t>(size);
}

// A delivery with files, as the HTTP client reads it.
class Body final : public http::Body {
 public:
  Body(spool::Spool& spool, const Delivery& delivery)
      : payload_(delivery.payload), content_(spool, payload_, delivery.files, LongBody::Encoding::json) {
    expected_size_ = payload_.size();
    for (const PayloadFile& file : delivery.files)
      expected_size_ += file.escaped;
  }

  Task<void> begin() override { return content_.begin(); }
  std::uint64_t size() const override { return content_.size(); }
  Task<std::string_view> read() override { return content_.read(); }

  LongBody& content() { return content_; }
  std::uint64_t expected_size() const { return expected_size_; }  // bytes

 private:
  std::string payload_;
  LongBody content_;
  std::uint64_t expected_size_ = 0;
};

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
        max_log_size_(log_size(args)),
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
    // What format_fn gets goes through Python, and is in memory.
    needs.logs = want_steps_ && want_logs_ && format_ != nullptr;
    if (want_steps_ && want_logs_ && format_ == nullptr)
      needs.sent = {LogChoice{true, {}}, max_log_size_, false};
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
    if (delivery.payload.empty()) {
      BuildText body = build_text(
          build, order.builds.text(0).get(), [this](std::string_view member) { return wants(member); },
          want_properties_, order.logs);
      delivery.payload = std::move(body.text);
      delivery.files = std::move(body.files);
    }
    deliveries.push_back(std::move(delivery));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    http::Request request;
    request.method = "POST";
    request.url = url_;
    request.headers.emplace_back("Content-Type", "application/json");
    request.auth = auth_;
    request.verify = verify_;
    std::shared_ptr<Body> body;
    if (delivery.files.empty()) {
      request.body = delivery.payload;
    } else {
      if (env_.spool == nullptr) co_return unreachable("there is no spool");
      body = std::make_shared<Body>(*env_.spool, delivery);
      auto opened = co_await body->content().open();
      if (!opened) co_return tl::unexpected<Failure>(opened.error());
      request.timeout += std::chrono::seconds(body->expected_size() / slowest_rate);
      request.large_body = body;
    }
    auto response = co_await env_.http.request(std::move(request));
    if (!response) co_return tl::unexpected<Failure>(response.error());
    if (debug_)
      env_.log.info("http",
                    target_ + " answered " + std::to_string(response->status) + " to " + delivery.summary);
    auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) co_return tl::unexpected<Failure>(judged.error());
    Receipt receipt;
    receipt.answer = std::to_string(response->status);
    if (body != nullptr && !body->content().lost().empty()) {
      receipt.answer += "; without logs that are not kept any more:";
      for (const std::string& label : body->content().lost())
        receipt.answer += " " + label;
    }
    co_return receipt;
  }

  Shown show(const Delivery& delivery) const override {
    const auto escaped = [](const std::string& line) {
      const std::string quoted = json::serialize(json::value(line));
      return quoted.substr(1, quoted.size() - 2);
    };
    return shown_request("POST", target_, with_stand_ins(delivery.payload, delivery.files, 0, escaped));
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
  std::uint64_t max_log_size_;
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
      {"maxLogSize", {Type::integer}, false, Value{default_log_size}, "bytes of one log; more is cut"},
      {"debug", {Type::boolean}, false, none, "log every answer"},
      {"verify", {Type::boolean}, false, none, "check the server's certificate (default)"},
  };
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<HttpStatusPush>(args, environment);
}

}  // namespace carillon::reporter::http_push
