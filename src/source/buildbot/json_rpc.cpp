#include "source/buildbot/json_rpc.hpp"

#include <optional>

#include "base/encoding.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr std::size_t longest_reason = 1000;  // characters
constexpr int most_depth = 100;

std::string readable(std::string_view text) {
  return ellipsize(fold_to_line(text), longest_reason);
}

// What a validation said of one field. Some texts begin with the field's name already.
std::string of_field(std::string_view field, const json::value& complaint) {
  const auto* text = complaint.if_string();
  const std::string words = text != nullptr ? std::string(*text) : json::serialize(complaint);
  const std::string begin = std::string(field) + ":";
  return field.empty() || words.starts_with(begin) ? words : begin + " " + words;
}

// The reason that the answer gives; nullopt when it has none.
std::optional<std::string> reason_of(const json::object& answer) {
  const auto* message = find(answer, "error.message");
  if (message == nullptr) message = find(answer, "error");
  if (message == nullptr || message->is_null()) return std::nullopt;
  const auto* fields = message->if_object();
  if (fields == nullptr) return readable(of_field("", *message));
  std::string reasons;
  for (const auto& [field, complaint] : *fields) {
    if (!reasons.empty()) reasons += "; ";
    reasons += of_field(field, complaint);
  }
  return readable(reasons);
}

std::optional<json::object> parse(std::string_view body) {
  json::parse_options options;
  options.max_depth = most_depth;
  boost::system::error_code error;
  auto value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace

std::string json_rpc_call(std::string_view method, json::object params, std::int64_t id) {
  json::object call;
  call["jsonrpc"] = "2.0";
  call["id"] = id;
  call["method"] = method;
  call["params"] = std::move(params);
  return json::serialize(call);
}

Result<json::value> json_rpc_result(const http::Response& response, std::string_view path, std::int64_t now) {
  if (response.status == 404) return rejected(std::string(path) + " does not exist");
  const auto answer = parse(response.body);
  const auto reason = answer ? reason_of(*answer) : std::nullopt;
  auto verdict = http::judge(response, now);
  if (!verdict) {
    Failure failure = std::move(verdict.error());
    if (response.status == 501) failure.kind = Failure::Kind::rejected;  // it knows no such method
    if (reason && !reason->empty()) {
      failure.what = failure.kind == Failure::Kind::rejected ? *reason : "the master failed: " + *reason;
    }
    return failed(std::move(failure));
  }
  if (reason) return rejected(*reason);
  const auto* result = answer ? answer->if_contains("result") : nullptr;
  if (result != nullptr) return *result;
  return unreachable(std::string(path) + ": the answer is not JSON-RPC: '" +
                     ellipsize(fold_to_line(valid_utf8(response.body)), 80) + "'");
}

}  // namespace carillon::source::buildbot
