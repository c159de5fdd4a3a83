#include "reporter/http_push/build_text.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::reporter::http_push {
namespace {

class Writer {
 public:
  Writer(const Asked& asked, const std::map<std::int64_t, LogFile>& files) : asked_(asked), files_(files) {}

  BuildText build(const json::object& build, const ObjectText* known) {
    if (known != nullptr) made_.text.reserve(known->text().size());
    made_.text = "{";
    std::size_t index = 0;
    for (const auto& member : build) {
      const std::size_t at = index++;
      if (!is_asked(asked_, member.key())) continue;
      if (member.key() == "properties" && !asked_.properties) {
        key(member.key());
        made_.text += "{}";
      } else if (member.key() == "steps" && differs(member.value())) {
        key(member.key());
        list(member.value().get_array(), &Writer::step);
      } else if (known != nullptr) {
        comma();
        made_.text += known->member(at);
      } else {
        key(member.key());
        append_json(made_.text, member.value());
      }
    }
    made_.text += '}';
    return std::move(made_);
  }

 private:
  // Whether the steps are not written as they are.
  bool differs(const json::value& steps) const {
    const json::array* all = steps.if_array();
    if (all == nullptr) return false;
    if (asked_.logs) return !files_.empty();
    return std::ranges::any_of(
        *all, [](const json::value& step) { return step.is_object() && step.get_object().contains("logs"); });
  }

  void comma() {
    if (made_.text.back() != '{') made_.text += ',';
  }

  void key(std::string_view name) {
    comma();
    made_.text += json::serialize(name);
    made_.text += ':';
  }

  void list(const json::array& items, void (Writer::*write)(const json::object&)) {
    made_.text += '[';
    bool first = true;
    for (const json::value& item : items) {
      if (!std::exchange(first, false)) made_.text += ',';
      if (item.is_object()) {
        (this->*write)(item.get_object());
      } else {
        append_json(made_.text, item);
      }
    }
    made_.text += ']';
  }

  void step(const json::object& step) {
    step_ = string_at(step, "name").value_or("");
    made_.text += '{';
    for (const auto& member : step) {
      if (member.key() == "logs" && !asked_.logs) continue;
      key(member.key());
      if (member.key() == "logs" && member.value().is_array()) {
        list(member.value().get_array(), &Writer::log);
      } else {
        append_json(made_.text, member.value());
      }
    }
    made_.text += '}';
  }

  void log(const json::object& log) {
    const auto id = integer_at(log, "logid");
    const auto file = id ? files_.find(*id) : files_.end();
    if (file == files_.end()) {
      made_.text += json::serialize(log);
      return;
    }
    made_.text += '{';
    for (const auto& member : log) {
      if (member.key() == "content") continue;
      key(member.key());
      append_json(made_.text, member.value());
    }
    key("content");
    made_.text += R"({"content":")";
    const LogFile& facts = file->second;
    const std::string label = step_ + "." + std::string(string_at(log, "name").value_or(""));
    made_.files.push_back(
        {facts.name, facts.size, facts.escaped, made_.text.size(), 0, fold_to_line(valid_utf8(label))});
    made_.text += R"(","firstline":0,"logid":)" + std::to_string(*id) + "}}";
  }

  const Asked& asked_;
  const std::map<std::int64_t, LogFile>& files_;
  BuildText made_;
  std::string step_;
};

}  // namespace

BuildText build_text(const json::object& build, const ObjectText* known, const Asked& asked,
                     const std::map<std::int64_t, LogFile>& files) {
  return Writer(asked, files).build(build, known);
}

}  // namespace carillon::reporter::http_push
