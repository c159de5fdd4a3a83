#include "reporter/common/renderable.hpp"

#include "base/encoding.hpp"
#include "reporter/common/foreign_text.hpp"

namespace carillon::reporter {
namespace {

std::optional<std::string> text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_number() || value.is_bool()) return json::serialize(value);
  return std::nullopt;
}

}  // namespace

json::object without_steps(const json::object& build) {
  json::object out;
  for (const auto& member : build) {
    if (member.key() != "steps") out.insert(member);
  }
  return out;
}

Wording wording(const settings::Arguments& args, std::string_view name, std::optional<std::string> fallback) {
  Wording made;
  made.argument = name;
  made.value = args.at(name);
  made.fallback = std::move(fallback);
  return made;
}

settings::ObjectPtr usable(const settings::ObjectPtr& object, const Details& details) {
  return details.plain ? nullptr : object;
}

Task<json::value> render(const Wording& wording, const Details& details) {
  const auto* object = wording.value.as<settings::ObjectPtr>();
  if (object == nullptr) co_return settings::to_json(wording.value);
  if (details.plain) co_return rejected("it is worded without Python");
  if (details.builds.empty()) co_return rejected(wording.argument + ": there is no build to render it for");
  json::array args;
  args.emplace_back(without_steps(details.builds.front()));
  if (wording.breaks_mentions) break_mentions(args.front());
  co_return co_await (*object)->call("render", std::move(args), details.source);
}

asio::awaitable<std::optional<std::string>> render_text(const Wording& wording, const Details& details,
                                                        std::vector<std::string>& notes) {
  if (details.report && wording.argument.ends_with("Description")) {
    const json::value* body = details.report->if_contains("body");
    if (body == nullptr || body->is_null()) co_return std::nullopt;
    co_return valid_utf8(body->is_string() ? std::string(body->get_string()) : json::serialize(*body));
  }
  if (const auto* text = wording.value.as<std::string>()) co_return valid_utf8(*text);
  if (wording.value.is_none()) co_return wording.fallback;
  const auto rendered = co_await render(wording, details);
  if (!rendered) {
    notes.push_back(wording.argument + " failed: " + fold_to_line(valid_utf8(rendered.error().what)));
    co_return wording.fallback;
  }
  if (rendered->is_null()) co_return std::nullopt;
  auto text = text_of(*rendered);
  if (!text) {
    notes.push_back(wording.argument + " did not yield a text but " +
                    ellipsize(fold_to_line(json::serialize(*rendered)), 100));
    co_return wording.fallback;
  }
  co_return valid_utf8(*text);
}

std::string joined_notes(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes)
    text += (text.empty() ? "" : "; ") + note;
  return text;
}

}  // namespace carillon::reporter
