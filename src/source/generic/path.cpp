#include "source/generic/path.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"

namespace carillon::source::generic {
namespace {

constexpr std::size_t most_values_found = 1000;
constexpr std::string_view headers_root = "$headers";
constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";

// "[0]", "[-1]", "[*]", "['name']": what stands between the brackets.
Result<Path::Step> step_in_brackets(std::string_view inside) {
  Path::Step step;
  const bool quoted = inside.size() > 2 && (inside.front() == '\'' || inside.front() == '"') &&
                      inside.back() == inside.front();
  if (quoted) {
    step.name = inside.substr(1, inside.size() - 2);
    return step;
  }
  if (inside == "*") {
    step.kind = Path::Step::Kind::all;
    return step;
  }
  const std::string_view digits = inside.starts_with('-') ? inside.substr(1) : inside;
  if (!is_digits(digits) || digits.size() > 9) return rejected("[" + std::string(inside) + "] is no place");
  step.kind = Path::Step::Kind::index;
  step.index = std::strtoll(std::string(inside).c_str(), nullptr, 10);
  return step;
}

// The step at the beginning of the rest, which is taken off.
Result<Path::Step> next_step(std::string_view& rest) {
  if (rest.front() == '[') {
    // A name in quotes may hold a bracket.
    const bool quoted = rest.size() > 1 && (rest[1] == '\'' || rest[1] == '"');
    const auto end = quoted ? rest.find(std::string{rest[1], ']'}, 2) : rest.find(']');
    if (end == std::string_view::npos) return rejected("a bracket is not closed");
    const std::size_t size = end + (quoted ? 2 : 1);
    const std::string_view inside = rest.substr(1, size - 2);
    rest.remove_prefix(size);
    return step_in_brackets(inside);
  }
  if (rest.front() != '.') return rejected("'.' or '[' is expected before '" + std::string(rest) + "'");
  rest.remove_prefix(1);
  const std::string_view name = rest.substr(0, rest.find_first_of(".["));
  if (name.empty()) return rejected("a name is missing");
  rest.remove_prefix(name.size());
  Path::Step step;
  if (name == "*") {
    step.kind = Path::Step::Kind::all;
  } else {
    step.name = name;
  }
  return step;
}

void add_children(const json::value& value, const Path::Step& step, std::vector<const json::value*>& found) {
  using Kind = Path::Step::Kind;
  if (step.kind == Kind::member) {
    const json::object* object = value.if_object();
    if (object == nullptr) return;
    if (const json::value* member = object->if_contains(step.name)) found.push_back(member);
    return;
  }
  const json::array* list = value.if_array();
  if (list == nullptr) return;
  const auto size = static_cast<std::int64_t>(list->size());
  if (step.kind == Kind::index) {
    const std::int64_t at = step.index < 0 ? size + step.index : step.index;
    if (at >= 0 && at < size) found.push_back(&(*list)[static_cast<std::size_t>(at)]);
    return;
  }
  for (const json::value& item : *list) {
    if (found.size() < most_values_found) found.push_back(&item);
  }
}

}  // namespace

Result<Path> path_of(std::string_view text) {
  Path path;
  path.text = text;
  if (text.starts_with(headers_root)) {
    path.in_headers = true;
    text.remove_prefix(headers_root.size());
  } else if (text.starts_with('$')) {
    text.remove_prefix(1);
  } else {
    return rejected("must be a path like '$.job.name', or a text like '{{ body.repo }}/{{ body.flow }}'");
  }
  while (!text.empty()) {
    auto step = next_step(text);
    if (!step) return failed(step);
    if (path.in_headers) {
      std::ranges::transform(step->name, step->name.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    }
    path.steps.push_back(std::move(*step));
  }
  return path;
}

std::vector<const json::value*> values_at(const Path& path, const Scope& scope) {
  std::vector<const json::value*> found;
  if (const json::value* root = path.in_headers ? scope.headers : scope.body; root != nullptr)
    found.push_back(root);
  for (const Path::Step& step : path.steps) {
    std::vector<const json::value*> children;
    for (const json::value* value : found)
      add_children(*value, step, children);
    found = std::move(children);
  }
  return found;
}

bool is_text(std::string_view text) {
  return text.find(opening) != std::string_view::npos;
}

Result<Text> text_of(std::string_view text) {
  constexpr std::string_view body = "body";
  Text made;
  made.text = text;
  while (true) {
    const auto begin = text.find(opening);
    made.literals.emplace_back(text.substr(0, begin));
    if (begin == std::string_view::npos) return made;
    text.remove_prefix(begin + opening.size());
    const auto end = text.find(closing);
    if (end == std::string_view::npos) return rejected("'{{' is not closed");
    const std::string_view place = trim(text.substr(0, end));
    if (!place.starts_with(body))
      return rejected("'{{ " + std::string(place) + " }}' is no '{{ body.a.b }}'");
    auto path = path_of("$" + std::string(place.substr(body.size())));
    if (!path) return failed(path);
    made.paths.push_back(std::move(*path));
    text.remove_prefix(end + closing.size());
  }
}

std::string filled(const Text& text, const Scope& scope) {
  std::string out = text.literals.front();
  for (std::size_t i = 0; i < text.paths.size(); ++i) {
    const auto found = values_at(text.paths[i], scope);
    if (!found.empty()) out += scalar_text(*found.front());
    out += text.literals[i + 1];
  }
  return out;
}

std::string scalar_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_number() || value.is_bool() ? json::serialize(value) : std::string();
}

}  // namespace carillon::source::generic
