#include "cli/shown_text.hpp"

#include "reporter/mail/readable.hpp"

namespace carillon::cli {
namespace {

using reporter::Shown;

void append_pretty(const json::value& value, const std::string& indent, std::string& out) {
  const std::string deeper = indent + "  ";
  const char* separator = "\n";
  if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& member : *object) {
      out += separator + deeper + json::serialize(member.key()) + ": ";
      append_pretty(member.value(), deeper, out);
      separator = ",\n";
    }
    out += "\n" + indent + "}";
  } else if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const json::value& item : *array) {
      out += separator + deeper;
      append_pretty(item, deeper, out);
      separator = ",\n";
    }
    out += "\n" + indent + "]";
  } else {
    out += json::serialize(value);
  }
}

std::optional<json::value> parsed(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return error ? std::nullopt : std::optional(std::move(value));
}

std::string mail_text(const std::string& message, const Colours& colours, const std::string& indent) {
  const auto mail = reporter::mail::read_message(message);
  std::string out;
  for (const auto& [name, value] : mail.fields) {
    if (name.starts_with("Content-") || name == "MIME-Version") continue;
    out += indent + colours.bold(printable(name) + ":") + " " + printable(value) + "\n";
  }
  out += "\n" + printable_lines(mail.text, indent);
  for (const auto& file : mail.files) {
    out += indent +
           colours.dim("attached: " + printable(file.name) + ", " + std::to_string(file.size) + " bytes") +
           "\n";
  }
  return out;
}

}  // namespace

std::string pretty(const json::value& value) {
  std::string out;
  append_pretty(value, "", out);
  return out;
}

std::string shown_text(const Shown& shown, const Colours& colours, const std::string& indent) {
  const std::string how = indent + colours.bold(printable(shown.how)) + "\n";
  if (shown.form == Shown::Form::mail) return how + mail_text(shown.content, colours, indent);
  const auto value = shown.form == Shown::Form::json ? parsed(shown.content) : std::nullopt;
  return how + printable_lines(value ? pretty(*value) : shown.content, indent);
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
      if (auto value = parsed(shown.content)) out["json"] = std::move(*value);
      break;
    case Shown::Form::mail: {
      out["form"] = "mail";
      const auto mail = reporter::mail::read_message(shown.content);
      json::array headers;
      for (const auto& [name, value] : mail.fields)
        headers.push_back(json::array{name, value});
      json::array files;
      for (const auto& file : mail.files)
        files.push_back(json::object{{"name", file.name}, {"size", file.size}});
      out["mail"] = json::object{{"headers", std::move(headers)},
                                 {"type", mail.type},
                                 {"text", mail.text},
                                 {"attachments", std::move(files)}};
      break;
    }
  }
  return out;
}

}  // namespace carillon::cli
