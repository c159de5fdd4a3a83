#include "cli/shown_text.hpp"

#include "reporter/mail/readable.hpp"
#include "server/shown_json.hpp"
#include "view/pretty.hpp"

namespace carillon::cli {
namespace {

using reporter::Shown;

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

std::string shown_text(const Shown& shown, const Colours& colours, const std::string& indent) {
  const std::string how = indent + colours.bold(printable(shown.how)) + "\n";
  if (shown.form == Shown::Form::mail) return how + mail_text(shown.content, colours, indent);
  const auto value = server::json_of(shown);
  return how + printable_lines(value ? view::pretty(*value) : shown.content, indent);
}

}  // namespace carillon::cli
