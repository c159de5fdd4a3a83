#include "source/hook/body.hpp"

#include "base/percent.hpp"
#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

tl::unexpected<Failure> not_as_needed(const json::object& object, std::string_view path,
                                      std::string_view expected) {
  const json::value* value = find(object, path);
  if (value == nullptr) return rejected(std::string(path) + ": missing");
  return rejected(std::string(path) + ": must be " + std::string(expected) + ", not " +
                  std::string(kind_name(*value)));
}

constexpr std::size_t arena_bytes = 16'384;

Result<json::value> parse_text(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (trim(text).empty()) return rejected("the body is empty");
  if (text.size() / 2 >= most_values && count_values(text, most_values, Texts::all) > most_values)
    return rejected("has more than " + std::to_string(most_values) + " JSON values");
  json::parse_options options;
  options.max_depth = most_levels;
  boost::system::error_code error;
  json::stream_parser parser({}, options);
  // What is read of it is copied out: all of it lives and dies together, so one arena serves it.
  parser.reset(json::make_shared_resource<json::monotonic_resource>(arena_bytes));
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);
  if (error == json::error::too_deep)
    return rejected("has more than " + std::to_string(most_levels) + " levels of lists and objects");
  if (error) return rejected("not JSON: " + error.message() + " at byte " + std::to_string(used + 1));
  if (!trim(text.substr(used)).empty())
    return rejected("not JSON: something follows it at byte " + std::to_string(used + 1));
  return parser.release();
}

Result<json::object> parse_object_text(std::string_view text) {
  auto value = parse_text(text);
  if (!value) return failed(value);
  if (!value->is_object()) return rejected("must be a JSON object, not " + std::string(kind_name(*value)));
  return std::move(value->get_object());
}

}  // namespace

bool is_form(const web::Head& head) {
  return head.content_type.starts_with("application/x-www-form-urlencoded");
}

std::optional<std::string> form_field(std::string_view form, std::string_view name) {
  for (const std::string_view pair : words_of(form, "&")) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    std::string value(pair.substr(equals + 1));
    for (char& c : value) {
      if (c == '+') c = ' ';
    }
    return percent_decode(value);
  }
  return std::nullopt;
}

Result<json::object> read_object(const web::Head& head, std::string_view body) {
  if (!is_form(head)) return parse_object_text(body);
  const auto payload = form_field(body, "payload");
  if (!payload) return rejected("payload: missing in the form");
  return parse_object_text(*payload);
}

Result<std::vector<json::object>> read_objects(std::string_view body, std::size_t most) {
  auto value = parse_text(body);
  if (!value) return failed(value);
  if (!value->is_array()) return rejected("must be a JSON list, not " + std::string(kind_name(*value)));
  if (value->get_array().size() > most) return rejected("holds more than " + std::to_string(most));
  std::vector<json::object> objects;
  for (json::value& one : value->get_array()) {
    if (!one.is_object())
      return rejected("[" + std::to_string(objects.size()) + "]: must be an object, not " +
                      std::string(kind_name(one)));
    objects.push_back(std::move(one.get_object()));
  }
  return objects;
}

Result<std::int64_t> need_integer(const json::object& object, std::string_view path) {
  if (const auto number = integer_at(object, path)) return *number;
  return not_as_needed(object, path, "a whole number");
}

Result<std::string> need_text(const json::object& object, std::string_view path) {
  if (const auto text = string_at(object, path); text && !text->empty()) return std::string(*text);
  if (string_at(object, path)) return rejected(std::string(path) + ": empty");
  return not_as_needed(object, path, "a string");
}

Result<const json::object*> need_object(const json::object& object, std::string_view path) {
  if (const json::object* found = object_at(object, path)) return found;
  return not_as_needed(object, path, "an object");
}

std::string first_text(const json::object& object, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    if (std::string text = text_at(object, path); !text.empty()) return text;
  }
  return {};
}

}  // namespace carillon::source::hook
