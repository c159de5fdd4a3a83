#include "server/shown_json.hpp"

#include "base/text.hpp"
#include "reporter/mail/readable.hpp"

namespace carillon::server {
namespace {

using reporter::Shown;

// What is looked through for secrets: one that is cut stands behind what is shown.
constexpr std::size_t most_read = 4 * most_shown;

// The first bytes of a text, whole characters.
std::string beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && is_continuation(text[most]))
    --most;
  return std::string(text.substr(0, most));
}

json::object mail_json(const std::string& message) {
  const auto mail = reporter::mail::read_message(message);
  json::array headers;
  for (const auto& [name, value] : mail.fields)
    headers.push_back(json::array{name, value});
  json::array files;
  for (const auto& file : mail.files)
    files.push_back(json::object{{"name", file.name}, {"size", file.size}});
  return json::object{{"headers", std::move(headers)},
                      {"type", mail.type},
                      {"text", mail.text},
                      {"attachments", std::move(files)}};
}

// Without secrets, and cut; whether it was.
bool bound(json::value& text, const Redact& redact) {
  const std::string_view whole = text.as_string();
  const bool long_one = whole.size() > most_shown;
  const std::string clean = redact(beginning(whole, most_read));
  text = beginning(clean, most_shown);
  return long_one;
}

}  // namespace

std::optional<json::value> json_of(const Shown& shown) {
  if (shown.form != Shown::Form::json) return std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(shown.content, error);
  return error ? std::nullopt : std::optional(std::move(value));
}

json::object shown_json(const Shown& shown) {
  json::object out;
  out["how"] = shown.how;
  out["content"] = shown.content;
  switch (shown.form) {
    case Shown::Form::text:
      out["form"] = "text";
      break;
    case Shown::Form::json:
      out["form"] = "json";
      if (auto value = json_of(shown)) out["json"] = std::move(*value);
      break;
    case Shown::Form::mail:
      out["form"] = "mail";
      out["mail"] = mail_json(shown.content);
      break;
  }
  return out;
}

json::value redacted(json::value value, const Redact& redact) {
  if (const json::string* text = value.if_string()) return json::value(redact(*text));
  if (json::array* array = value.if_array()) {
    for (json::value& item : *array)
      item = redacted(std::move(item), redact);
  } else if (json::object* object = value.if_object()) {
    for (auto& member : *object)
      member.value() = redacted(std::move(member.value()), redact);
  }
  return value;
}

json::object bounded_json(const Shown& shown, const Redact& redact) {
  Shown read = shown;
  if (read.form == Shown::Form::json && read.content.size() > most_shown) read.form = Shown::Form::text;
  json::object out = shown_json(read);
  out["size"] = shown.content.size();
  bool cut = bound(out["content"], redact);
  out["how"] = redact(shown.how);
  if (json::value* value = out.if_contains("json")) *value = redacted(std::move(*value), redact);
  if (json::value* value = out.if_contains("mail")) {
    json::object& mail = value->as_object();
    cut = bound(mail["text"], redact);  // what is shown of a mail
    for (const char* member : {"headers", "attachments"})
      mail[member] = redacted(std::move(mail[member]), redact);
  }
  out["cut"] = cut;
  return out;
}

}  // namespace carillon::server
