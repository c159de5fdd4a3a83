#include "reporter/common/summary.hpp"

#include <array>

#include "base/text.hpp"
#include "model/members.hpp"
#include "reporter/common/subject.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {
namespace {

// By results: success, warnings, failure, skipped, exception, retry, cancelled.
constexpr std::array<int, 7> harm = {0, 1, 4, 0, 3, 2, 2};

int harm_of(const json::object& build) {
  const auto results = results_at(build);
  return results ? harm.at(static_cast<std::size_t>(*results)) : 0;
}

}  // namespace

bool is_own_text(const settings::ObjectPtr& formatter, const message::Message& message) {
  if (formatter == nullptr || !message.note.empty()) return true;  // a note: a plain message stands in
  return formatter->attribute("built_in") == json::value(true) && !formatter->overrides("renderMessage") &&
         !formatter->overrides("formatMessageForBuildResults");
}

void JoinedText::add(const message::Message& message, bool own) {
  using message::Markup;
  if (begun_ && (own || own_before_))
    text.replace(text.find_last_not_of("\r\n") + 1, std::string::npos, "\n\n");
  own_before_ = own;
  std::string body = message.body;
  if (begun_ && message.markup != markup) {
    std::string& plain = message.markup == Markup::plain ? body : text;
    plain = "<pre>" + escape_html(plain) + "</pre>\n";
    markup = Markup::html;
  } else {
    markup = message.markup;
  }
  begun_ = true;
  text += body;
}

std::optional<Results> reported_results(const Details& details) {
  if (details.kind == EventKind::buildset_complete) {
    if (const auto results = results_at(details.buildset)) return results;
  }
  return results_at(details.builds.back());
}

std::string result_word(std::optional<Results> results) {
  return results ? std::string(name(*results)) : "unknown";
}

std::string report_summary(const Details& details) {
  if (details.kind != EventKind::buildset_complete) return build_summary(details.builds.front());
  const auto bsid = integer_at(details.buildset, "bsid");
  const std::size_t count = details.builds.size();
  return "buildset " + (bsid ? std::to_string(*bsid) : "?") + " (" + std::to_string(count) +
         (count == 1 ? " build): " : " builds): ") + result_word(reported_results(details));
}

std::string report_subject(std::string_view format, std::string_view builder, const Details& details,
                           const message::Site& site) {
  const bool set = details.kind == EventKind::buildset_complete;
  std::string subject = fill_subject(format, {{"builder", std::string(set ? "whole buildset" : builder)},
                                              {"result", result_word(reported_results(details))},
                                              {"title", site.title},
                                              {"projectName", site.title}});
  return set ? subject : subject + subject_mark(format, details.builds.front());
}

const json::object& linked_build(const Builds& builds) {
  std::size_t chosen = 0;
  for (std::size_t i = 1; i < builds.size(); ++i) {
    if (harm_of(builds[i]) > harm_of(builds[chosen])) chosen = i;
  }
  return builds[chosen];
}

}  // namespace carillon::reporter
