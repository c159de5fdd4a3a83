#include "reporter/http_push/http_push.hpp"

#include <algorithm>
#include <fstream>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "model/build.hpp"
#include "reporter/common/debug_log.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/login.hpp"
#include "reporter/common/long_body.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/http_push/build_text.hpp"
#include "reporter/http_push/signature.hpp"

namespace carillon::reporter::http_push {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::int64_t default_log_size = std::int64_t{1} << 20;
constexpr std::uint64_t slowest_rate = std::uint64_t{64} << 10U;  // bytes per second that a long one may need

std::optional<http::Auth> parse_auth(const Arguments& args) {
  http::Auth auth;
  if (args.given("user") && args.given("auth"))
    args.fail("auth", "give either user and password or auth, not both");
  if (args.given("user")) {
    auth.user = plain_or_secret(args.at("user")).value_or("");
    auth.password = args.secret("password");
    check_line(args, "user", auth.user);
    check_line(args, "password", auth.password.reveal());
    return auth;
  }
  if (!args.given("auth")) return std::nullopt;
  return read_login(args, "auth");
}

Secret parse_key(const Arguments& args) {
  if (!args.given("sign")) return {};
  Secret key = signing_key(args.secret("sign"));
  if (key.empty()) {
    args.fail("sign",
              "is not a Standard Webhooks key: 'whsec_' and 24 to 64 random bytes in base64, as "
              "\"echo whsec_$(openssl rand -base64 32)\" makes one");
  }
  return key;
}

std::uint64_t log_size(const Arguments& args) {
  const std::int64_t size = args.integer("maxLogSize");
  if (size < 1024) args.fail("maxLogSize", "a limit in bytes, at least 1024");
  return static_cast<std::uint64_t>(size);
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c == '-' || c == '_' || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
  });
}

using Headers = std::vector<std::pair<std::string, Secret>>;

Headers read_headers(const Arguments& args) {
  Headers headers;
  if (!args.given("headers")) return headers;
  const auto* dict = args.at("headers").as<settings::Dict>();
  for (std::size_t i = 0; dict != nullptr && i < dict->keys.size(); ++i) {
    const auto* name = dict->keys[i].as<std::string>();
    const auto value = plain_or_secret(dict->values[i]);
    if (name == nullptr || !value) args.fail("headers", "must be a dictionary of strings or secrets");
    if (!is_header_name(*name) || value->find_first_of("\r\n") != std::string::npos)
      args.fail("headers",
                "'" + fold_to_line(*name) + "' cannot be a header, or its value has several lines");
    headers.emplace_back(*name, Secret(*value));
  }
  return headers;
}

// A delivery with files, as the HTTP client reads it.
class Body final : public http::Body {
 public:
  Body(spool::Spool& spool, const Delivery& delivery)
      : payload_(delivery.payload), content_(&spool, payload_, delivery.files, LongBody::Encoding::json) {
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

std::string checked_file(const Arguments& args, const Value& value) {
  const auto* name = value.as<std::string>();
  if (name == nullptr || name->empty())
    args.fail("cert", "a file of a certificate and its key, or (certificate, key)");
  if (!std::ifstream(*name)) args.fail("cert", "'" + *name + "' cannot be read");
  return *name;
}

http::Certificate read_certificate(const Arguments& args) {
  if (!args.given("cert")) return {};
  const Value value = args.at("cert");
  const auto* pair = value.as<settings::List>();
  if (pair == nullptr) return {checked_file(args, value), ""};
  if (pair->size() != 2) args.fail("cert", "a file of a certificate and its key, or (certificate, key)");
  return {checked_file(args, pair->front()), checked_file(args, pair->back())};
}

class HttpStatusPush final : public Reporter {
 public:
  HttpStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        url_(args.string("serverUrl")),
        target_(shown_url(url_)),
        auth_(parse_auth(args)),
        key_(parse_key(args)),
        format_(args.object("format_fn")),
        asked_(read_asked(args)),
        max_log_size_(log_size(args)),
        headers_(read_headers(args)),
        certificate_(read_certificate(args)),
        verify_(!args.given("verify") || args.boolean("verify")),
        debug_(args.given("debug") && args.boolean("debug")) {
    if (!is_http_url(url_)) args.fail("serverUrl", "must begin with http:// or https:// and name a host");
    if (args.boolean("wantLogs") && !asked_.steps) {
      env_.log.warning("http",
                       args.where() + ": HttpStatusPush(wantLogs=True) has no effect without wantSteps=True");
    }
  }

  bool tells_programs() const override { return true; }

  Needs needs() const override {
    Needs needs;
    needs.properties = asked_.properties;
    needs.steps = asked_.steps;
    // What format_fn gets goes through Python, and is in memory.
    needs.logs = asked_.logs && format_ != nullptr;
    if (asked_.logs && format_ == nullptr) needs.sent = {LogChoice{true, {}}, max_log_size_, false};
    needs.previous_build = asked_.previous;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty()) co_return deliveries;
    const json::object& build = details.builds.front();
    Delivery delivery;
    delivery.key = "http:" + details.event_id;
    delivery.lane = details.source + "/" + fold_to_line(valid_utf8(BuildView(build).builder().value_or(""))) +
                    "/" + std::to_string(BuildView(build).number().value_or(0));
    delivery.target = target_;
    delivery.summary = build_summary(build);
    if (details.report) {
      // A template of type json is the document itself.
      const json::value& body = details.report->at("body");
      const bool is_document = body.is_string() && text_at(*details.report, "type") == "json";
      delivery.payload = is_document ? std::string(body.get_string()) : json::serialize(body);
    } else if (format_ && !details.plain) {
      auto formatted = co_await formatted_body(build, details.source);
      if (formatted && formatted->is_null()) {
        delivery.skip = true;
        delivery.note = "format_fn returned None, so nothing is posted";
      } else if (formatted) {
        delivery.payload = json::serialize(*formatted);
      } else {
        delivery.note = "format_fn failed, so the plain build was posted: " + formatted.error().what;
      }
    }
    if (delivery.payload.empty() && !delivery.skip) {
      BuildText body = build_text(build, details.builds.text(0).get(), asked_, details.logs);
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
    for (const auto& [name, value] : headers_)
      request.headers.emplace_back(name, value.reveal());
    const auto is_type = [](const auto& header) { return same_letters(header.first, "content-type"); };
    if (std::ranges::none_of(headers_, is_type))
      request.headers.emplace_back("Content-Type", "application/json");
    request.auth = auth_;
    request.certificate = certificate_;
    request.verify = verify_;
    request.needs_body = false;
    std::shared_ptr<Body> body;
    if (delivery.files.empty()) {
      request.body = delivery.payload;
    } else {
      if (env_.spool == nullptr) co_return unreachable("there is no spool");
      body = std::make_shared<Body>(*env_.spool, delivery);
      auto opened = co_await body->content().open();
      if (!opened) co_return failed(opened);
      request.timeout += std::chrono::seconds(body->expected_size() / slowest_rate);
      request.large_body = body;
    }
    auto known = co_await make_known(delivery.key, request);
    if (!known) co_return failed(known);
    const std::string shown = "POST " + target_;
    if (debug_) log_request(env_, "http", shown, delivery.payload);
    auto response = co_await env_.http.request(std::move(request));
    if (debug_) log_answer(env_, "http", shown, response);
    if (!response) co_return failed(response);
    auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) co_return failed(judged);
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
  // Headers by which the receiver knows a post again, and, with a key, that it is ours. A long body is read
  // once for that, and again when it is sent: its signature goes before it.
  Task<void> make_known(std::string_view delivery_key, http::Request& request) const {
    const std::string id = message_id(delivery_key);
    if (key_.empty()) {
      request.headers.emplace_back("Idempotency-Key", "\"" + id + "\"");
      co_return ok();
    }
    const std::int64_t now = env_.clock.now() / 1000;
    Signature signature(key_, id, now);
    signature.add(request.body);
    if (request.large_body != nullptr) {
      if (auto begun = co_await request.large_body->begin(); !begun) co_return begun;
      while (true) {
        const auto piece = co_await request.large_body->read();
        if (!piece) co_return failed(piece);
        if (piece->empty()) break;
        signature.add(*piece);
      }
    }
    request.headers.emplace_back("webhook-id", id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(now));
    request.headers.emplace_back("webhook-signature", signature.value());
    co_return ok();
  }

  // format_fn gets the build that would be posted.
  Task<json::value> formatted_body(const json::object& build, const std::string& master) {
    json::array args;
    args.emplace_back(asked_part(build, asked_));
    return format_->call("", std::move(args), master);
  }

  Environment env_;
  std::string url_;
  std::string target_;
  std::optional<http::Auth> auth_;
  Secret key_;  // empty: posts are not signed
  settings::ObjectPtr format_;
  Asked asked_;
  std::uint64_t max_log_size_;
  Headers headers_;
  http::Certificate certificate_;
  bool verify_;
  bool debug_;
};

}  // namespace

settings::Schema schema() {
  const Value no{false};
  settings::Schema schema;
  schema.name = "HttpStatusPush";
  schema.modules = {"buildbot.reporters.http"};
  schema.arguments = {
      {.name = "serverUrl", .types = {Type::string}, .required = true, .doc = "where to post"},
      {.name = "user", .types = {Type::string, Type::secret}, .doc = "user of Basic authentication"},
      {.name = "password", .types = {Type::secret}, .doc = "its password"},
      {.name = "auth",
       .types = {Type::list, Type::object},
       .doc = "(user, password), or requests.auth.HTTPDigestAuth(user, password), instead of the two above",
       .login = true},
      {.name = "format_fn", .types = {Type::callable}, .doc = "makes the posted value out of the build"},
      {.name = "builders", .types = {Type::strings}, .doc = "only these builders"},
      {.name = "wantProperties",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "with the build's properties"},
      {.name = "wantSteps", .types = {Type::boolean}, .fallback = no, .doc = "with the build's steps"},
      {.name = "wantPreviousBuild",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "with the build before it"},
      {.name = "wantLogs",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "with the contents of the steps' logs"},
      {.name = "debug", .types = {Type::boolean}, .doc = "log every request and its answer"},
      {.name = "verify", .types = {Type::boolean}, .doc = "check the server's certificate (default)"},
      {.name = "maxLogSize",
       .types = {Type::integer},
       .fallback = Value{default_log_size},
       .doc = "bytes of one log; more is cut"},
      {.name = "sign",
       .types = {Type::secret},
       .doc = "key of Standard Webhooks ('whsec_...'); posts are signed with it"},
      {.name = "headers",
       .types = {Type::dict},
       .doc = "further headers of each post; a value may be a secret"},
      {.name = "cert",
       .types = {Type::string, Type::list},
       .doc = "certificate that is shown to the server: a PEM file with its key, or (certificate, key)"},
  };
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<HttpStatusPush>(args, environment);
}

}  // namespace carillon::reporter::http_push
