#include "reporter/common/debug_log.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/letters.hpp"

namespace carillon::reporter {
namespace {

constexpr std::size_t max_shown = 16'000;  // characters
constexpr std::array<std::string_view, 5> secret_words = {"token", "secret", "password", "api_key",
                                                          "private_key"};

bool names_a_secret(std::string_view member) {
  const std::string name = lower(member);
  return std::ranges::any_of(secret_words,
                             [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

void mask(json::value& value) {
  if (json::array* items = value.if_array()) {
    for (json::value& item : *items)
      mask(item);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  for (auto& member : *object) {
    if (names_a_secret(member.key()) && !member.value().is_null()) {
      member.value() = "***";
    } else {
      mask(member.value());
    }
  }
}

}  // namespace

std::string shown_content(const Log& log, std::string_view content) {
  boost::system::error_code error;
  json::value parsed = json::parse(content, error);
  std::string text;
  if (!error) {
    mask(parsed);
    text = json::serialize(parsed);
  } else {
    text = valid_utf8(content);
  }
  // Cut afterwards: what is left of a secret would not be known any more.
  return ellipsize(fold_to_line(log.redacted(text)), max_shown);
}

void log_request(const Environment& environment, std::string_view name, const std::string& request,
                 std::string_view content) {
  const std::string shown = shown_content(environment.log, content);
  environment.log.info(name, request + (shown.empty() ? "" : ": " + shown));
}

void log_answer(const Environment& environment, std::string_view name, const std::string& request,
                const Result<http::Response>& response) {
  std::string shown = response ? std::to_string(response->status) : response.error().what;
  if (response && !response->body.empty()) shown += " " + shown_content(environment.log, response->body);
  environment.log.info(name, request + " answered: " + shown);
}

}  // namespace carillon::reporter
