#include "reporter/common/optional_fields.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {
namespace {

using StandIn = std::function<std::string(std::string_view character)>;

// Above U+FFFF are the characters of four bytes.
std::string replace_astral(std::string_view text, bool& replaced, const StandIn& stand_in) {
  const std::string valid = valid_utf8(text);
  std::string made;
  for (std::size_t i = 0; i < valid.size();) {
    const bool astral = (static_cast<unsigned char>(valid[i]) & 0xF8U) == 0xF0U;
    if (!astral) {
      made += valid[i++];
      continue;
    }
    replaced = true;
    made += stand_in(std::string_view(valid).substr(i, 4));
    i += 4;
  }
  return made;
}

std::string code_point(std::string_view character) {
  unsigned point = static_cast<unsigned char>(character.front()) & 0x07U;
  for (const char c : character.substr(1))
    point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  std::string text(16, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "U+%X", point)));
  return text;
}

bool is_about(const json::object& answer, std::string_view member) {
  for (const char* fields : {"message", "error.fields"}) {
    if (const json::object* named = object_at(answer, fields); named != nullptr && named->contains(member))
      return true;
  }
  const json::array* errors = array_at(answer, "errors");
  return errors != nullptr && std::ranges::any_of(*errors, [&](const json::value& item) {
           const json::object* error = item.if_object();
           return error != nullptr &&
                  (string_at(*error, "field") == member || string_at(*error, "context") == member);
         });
}

}  // namespace

std::optional<std::string> status_link(const json::object& build, std::size_t max_chars,
                                       std::vector<std::string>& notes) {
  std::string url = valid_utf8(BuildView(build).url().value_or(""));
  if (url.empty()) return std::nullopt;
  if (!is_http_url(url)) {
    notes.emplace_back("the status has no link: the build's URL is not http:// or https://");
  } else if (ellipsize(url, max_chars) != url) {
    notes.push_back("the status has no link: the build's URL is longer than " + std::to_string(max_chars) +
                    " characters");
  } else {
    return url;
  }
  return std::nullopt;
}

std::string without_astral(std::string_view text, bool& replaced) {
  return replace_astral(text, replaced, [](std::string_view) { return std::string("\uFFFD"); });
}

std::string spelled_astral(std::string_view text, bool& replaced) {
  return replace_astral(text, replaced, code_point);
}

std::vector<std::string> refused_members(const http::Response& response,
                                         std::initializer_list<std::string_view> members) {
  std::vector<std::string> refused;
  if (response.status != 400 && response.status != 422) return refused;
  boost::system::error_code error;
  const json::value parsed = json::parse(response.body, error);
  if (error || !parsed.is_object()) return refused;
  for (const std::string_view member : members) {
    if (is_about(parsed.get_object(), member)) refused.emplace_back(member);
  }
  return refused;
}

std::string drop_refused(const http::Response& response, json::object& body,
                         std::initializer_list<std::string_view> members) {
  std::string remark;
  for (const std::string& member : refused_members(response, members)) {
    if (body.erase(member) == 0) continue;
    remark += (remark.empty() ? "; without " : " and ") + member;
  }
  return remark.empty() ? remark : remark + ", which the service refuses";
}

}  // namespace carillon::reporter
