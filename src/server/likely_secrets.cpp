#include "server/likely_secrets.hpp"

#include <algorithm>
#include <array>

#include "base/letters.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace carillon::server {
namespace {

using settings::Value;

// What is shorter may be a word, and would be blotted out of innocent text.
constexpr std::size_t shortest_guessed = 8;

// As it is written, and as it is meant.
void add_both(std::vector<std::string>& found, std::string_view text) {
  found.emplace_back(text);
  if (std::string meant = percent_decode(text); meant != text) found.push_back(std::move(meant));
}

void add_of_address(std::vector<std::string>& found, std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return;
  std::string_view login = url->login;
  if (const auto colon = login.find(':'); colon != std::string_view::npos) {
    login.remove_prefix(colon + 1);
    login.remove_suffix(1);  // the '@'
    add_both(found, login);
  }
  for (const std::string_view pair : words_of(url->query, "?&")) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && is_secret_name(pair.substr(0, equals)) &&
        pair.size() - equals > shortest_guessed)
      add_both(found, pair.substr(equals + 1));
  }
}

void add_of(std::vector<std::string>& found, const Value& value) {
  if (const auto* text = value.as<std::string>()) return add_of_address(found, *text);
  if (const auto* list = value.as<settings::List>()) {
    for (const Value& item : *list)
      add_of(found, item);
  }
  const auto* dict = value.as<settings::Dict>();
  for (std::size_t i = 0; dict != nullptr && i < dict->keys.size(); ++i) {
    const auto* name = dict->keys[i].as<std::string>();
    const auto* text = dict->values[i].as<std::string>();
    if (name != nullptr && text != nullptr && is_secret_name(*name) && text->size() >= shortest_guessed)
      found.push_back(*text);
    else
      add_of(found, dict->values[i]);
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string lowered = lower(name);
  return std::ranges::any_of(
      std::array{"auth", "token", "secret", "pass", "key", "cookie", "signature", "credential"},
      [&](const char* word) { return lowered.find(word) != std::string::npos; });
}

std::vector<std::string> likely_secrets(const settings::Schema& schema, const settings::Arguments& args) {
  std::vector<std::string> found;
  for (const settings::Argument& argument : schema.arguments) {
    if (args.given(argument.name)) add_of(found, args.at(argument.name));
  }
  return found;
}

}  // namespace carillon::server
