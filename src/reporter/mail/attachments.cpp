#include "reporter/mail/attachments.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::reporter::mail {
namespace {

// Postfix takes messages of 10 MB unless told otherwise, and base64 makes four bytes out of three.
constexpr std::size_t usual_room = std::size_t{6} << 20U;

std::string text_at(const json::object& object, std::string_view path) {
  return std::string(string_at(object, path).value_or(""));
}

// Every line of a stream log ("type": "s") begins with its channel: o, e or h (output, errors, header lines).
std::string without_channels(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const bool channel = text.front() == 'o' || text.front() == 'e' || text.front() == 'h';
    out += text.substr(channel ? 1 : 0, end - (channel ? 1 : 0));
    text.remove_prefix(end);
  }
  return out;
}

// The data API gives {"content": {"content": "..."}}; a bare text is taken too.
std::string content_of(const json::object& log) {
  const auto nested = string_at(log, "content.content");
  const std::string text = nested ? std::string(*nested) : text_at(log, "content");
  return text_at(log, "type") == "s" ? without_channels(text) : text;
}

std::vector<const json::object*> objects_at(const json::object& object, std::string_view path) {
  std::vector<const json::object*> out;
  if (const json::array* array = array_at(object, path)) {
    for (const json::value& one : *array) {
      if (one.is_object()) out.push_back(&one.get_object());
    }
  }
  return out;
}

}  // namespace

bool LogChoice::wants(const std::string& step, const std::string& log) const {
  return all || std::ranges::find(names, log) != names.end() ||
         std::ranges::find(names, step + "." + log) != names.end();
}

void add_logs(std::vector<Attachment>& out, const json::object& build, const LogChoice& choice,
              bool with_builder) {
  for (const json::object* step : objects_at(build, "steps")) {
    const std::string step_name = text_at(*step, "name");
    for (const json::object* log : objects_at(*step, "logs")) {
      const std::string log_name = text_at(*log, "name");
      if (!choice.wants(step_name, log_name)) continue;
      std::string filename = step_name + "." + log_name;
      if (with_builder) filename = text_at(build, "builder.name") + "." + filename;
      out.push_back({std::move(filename), content_of(*log)});
    }
  }
}

bool add_patches(std::vector<Attachment>& out, const json::object& build) {
  bool complete = true;
  auto is_patch = [](const Attachment& one) { return one.filename.starts_with("source patch "); };
  for (const json::object* stamp : objects_at(build, "buildset.sourcestamps")) {
    const auto body = string_at(*stamp, "patch.body");
    if (!body) {
      if (object_at(*stamp, "patch") != nullptr) complete = false;
      continue;
    }
    auto same = [&](const Attachment& one) { return is_patch(one) && one.content == *body; };
    if (std::ranges::any_of(out, same)) continue;
    out.push_back(
        {"source patch " + std::to_string(std::ranges::count_if(out, is_patch)), std::string(*body)});
  }
  return complete;
}

std::vector<std::string> limit_sizes(std::vector<Attachment>& attachments, std::size_t max_each) {
  std::size_t total = 0;
  for (const Attachment& one : attachments)
    total += std::min(one.content.size(), max_each);
  const std::size_t room = std::max(usual_room, max_each);
  if (total > room) max_each = std::min(max_each, room / attachments.size());
  std::vector<std::string> cut;
  for (Attachment& one : attachments) {
    if (one.content.size() <= max_each) continue;
    one.content = head_and_tail(one.content, max_each);
    cut.push_back(one.filename);
  }
  return cut;
}

}  // namespace carillon::reporter::mail
