#include "reporter/common/http_exchange.hpp"

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "reporter/common/debug_log.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {
namespace {

using settings::Type;
using settings::Value;

bool truth(const settings::Arguments& args, std::string_view name, bool otherwise) {
  return args.has(name) && args.given(name) ? args.boolean(name) : otherwise;
}

// Nothing, or a value of JSON begins, as far as anybody answers with one. Gerrit's have a line before them
// that keeps browsers from running them; the whole may be cut (http::Request::needs_body).
bool may_be_json(const http::Response& response) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  constexpr std::string_view guard = ")]}'";
  std::string_view body = response.body;
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  body = trim(body);
  if (!body.empty()) return body.front() == '{' || body.front() == '[' || body.starts_with(guard);
  return response.status == 204 ||
         !lower(response.header("content-type").value_or("")).starts_with("text/html");
}

}  // namespace

Wire read_wire(const settings::Arguments& args, std::string name) {
  Wire wire;
  wire.name = std::move(name);
  wire.verify = truth(args, "verify", true);
  wire.debug = truth(args, "debug", false);
  wire.verbose = truth(args, "verbose", false);
  return wire;
}

void add_verbose_argument(settings::Schema& schema) {
  schema.arguments.push_back({.name = "verbose",
                              .types = {Type::boolean},
                              .fallback = Value{false},
                              .doc = "log every report that was delivered"});
}

void add_wire_arguments(settings::Schema& schema) {
  schema.arguments.push_back(
      {.name = "debug", .types = {Type::boolean}, .doc = "log every request and its answer"});
  schema.arguments.push_back(
      {.name = "verify", .types = {Type::boolean}, .doc = "check the server's certificate (default)"});
}

std::string base_url(const settings::Arguments& args, std::string_view argument) {
  std::string url = args.string(argument);
  if (!is_http_url(url)) args.fail(argument, "must begin with http:// or https:// and name a host");
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

Task<http::Response> exchange(const Environment& environment, const Wire& wire, http::Request request) {
  request.verify = wire.verify;
  if (!wire.debug) co_return co_await environment.http.request(std::move(request));
  const std::string shown = request.method + " " + shown_url(request.url);
  log_request(environment, wire.name, shown, request.body);
  auto response = co_await environment.http.request(std::move(request));
  log_answer(environment, wire.name, shown, response);
  co_return response;
}

bool is_page(const http::Response& response) {
  return trim(response.body).starts_with('<');
}

tl::unexpected<Failure> foreign_answer(const http::Response& response) {
  return unreachable("not the service's own answer, but perhaps that of a login, a portal or a proxy: " +
                     http::shown_answer(response));
}

Result<Receipt> conclude(const Environment& environment, const Wire& wire, const Delivery& delivery,
                         const http::Response& response) {
  const std::int64_t now = environment.clock.now() / 1000;
  if (auto judged = http::judge(response, now); !judged) return failed(judged);
  if (wire.json && !may_be_json(response)) return foreign_answer(response);
  if (wire.verbose) {
    environment.log.info(wire.name, delivery.summary + " reported to " + delivery.target + " (" +
                                        std::to_string(response.status) + ")");
  }
  Receipt receipt;
  receipt.answer = std::to_string(response.status);
  receipt.pause = http::exhausted(response, now);
  return receipt;
}

http::Request json_post(const Wire& wire, std::string url, std::string body) {
  http::Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.verify = wire.verify;
  return request;
}

Shown shown_request(std::string_view method, std::string_view url, std::string body) {
  Shown shown;
  shown.how = std::string(method) + " " + fold_to_line(url);
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  const bool is_json = !error && (parsed.is_object() || parsed.is_array());
  shown.form = is_json ? Shown::Form::json : Shown::Form::text;
  shown.content = std::move(body);
  return shown;
}

std::string account_name(std::string_view service, std::string_view url, const Secret& secret) {
  return std::string(service) + " " + shown_url(url) + " " + short_hash(secret.reveal());
}

std::optional<std::string> plain_or_secret(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* secret = value.as<Secret>()) return secret->reveal();
  return std::nullopt;
}

std::string bounded_key(std::string_view text, std::size_t max_chars) {
  constexpr std::size_t hash_chars = 16;
  if (ellipsize(text, max_chars) == text) return std::string(text);
  std::string prefix = ellipsize(text, max_chars - hash_chars);
  constexpr std::string_view ellipsis = "\u2026";
  prefix.resize(prefix.size() - ellipsis.size());
  return prefix + "-" + short_hash(text);
}

}  // namespace carillon::reporter
