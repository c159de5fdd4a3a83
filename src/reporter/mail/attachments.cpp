#include "reporter/mail/attachments.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "model/members.hpp"

namespace carillon::reporter::mail {
namespace {

// Postfix takes messages of 10 MB unless told otherwise, and base64 makes four bytes out of three.
constexpr std::uint64_t usual_room = std::uint64_t{6} << 20U;

}  // namespace

void add_logs(std::vector<Attachment>& out, const json::object& build, const LogChoice& choice,
              const std::map<std::int64_t, LogFile>& files, bool with_builder) {
  for (const json::object* step : objects_at(build, "steps")) {
    const std::string step_name = text_at(*step, "name");
    for (const json::object* log : objects_at(*step, "logs")) {
      const std::string log_name = text_at(*log, "name");
      if (!choice.wants(step_name, log_name)) continue;
      std::string filename = step_name + "." + log_name;
      if (with_builder) filename = text_at(build, "builder.name") + "." + filename;
      const auto id = integer_at(*log, "logid");
      const auto file = id ? files.find(*id) : files.end();
      Attachment attachment;
      attachment.filename = std::move(filename);
      if (file != files.end()) {
        attachment.file = file->second;
      } else {
        const std::string text = log_text(*log);
        attachment.content = text_at(*log, "type") == "s" ? without_channels(text) : text;
      }
      out.push_back(std::move(attachment));
    }
  }
}

std::vector<std::string> missing_logs(const LogChoice& choice,
                                      const std::vector<const json::object*>& builds) {
  std::vector<std::string> missing = choice.names;
  for (const json::object* build : builds) {
    for (const json::object* step : objects_at(*build, "steps")) {
      for (const json::object* log : objects_at(*step, "logs")) {
        const std::string name = text_at(*log, "name");
        std::erase(missing, name);
        std::erase(missing, text_at(*step, "name") + "." + name);
      }
    }
  }
  return missing;
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
    Attachment patch;
    patch.filename = "source patch " + std::to_string(std::ranges::count_if(out, is_patch));
    patch.content = *body;
    out.push_back(std::move(patch));
  }
  return complete;
}

std::vector<std::string> limit_sizes(std::vector<Attachment>& attachments, std::uint64_t max_each) {
  const auto size_of = [](const Attachment& one) -> std::uint64_t {
    return one.file ? one.file->size : one.content.size();
  };
  std::uint64_t total = 0;
  for (const Attachment& one : attachments)
    total += std::min(size_of(one), max_each);
  const std::uint64_t room = std::max(usual_room, max_each);
  if (total > room) max_each = std::min(max_each, room / attachments.size());
  std::vector<std::string> cut;
  for (Attachment& one : attachments) {
    if (size_of(one) <= max_each) continue;
    if (one.file) {
      one.most = max_each;
    } else {
      one.content = head_and_tail(one.content, max_each);
    }
    cut.push_back(one.filename);
  }
  return cut;
}

}  // namespace carillon::reporter::mail
