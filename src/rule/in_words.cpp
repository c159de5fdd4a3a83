#include "rule/in_words.hpp"

#include "base/text.hpp"

namespace carillon::rule {
namespace {

void add_filter(std::vector<std::string>& lines, const char* what,
                const std::optional<std::set<std::string>>& names) {
  if (!names) return;
  const std::vector<std::string> list(names->begin(), names->end());
  lines.push_back(std::string("only ") + what + " " + (list.empty() ? "none" : joined(list, ", ")));
}

std::string when(const Rule& rule) {
  if (rule.audience) return "who subscribed decides";
  std::vector<std::string> words;
  if (rule.waiting) words.emplace_back("waiting requests");
  if (rule.started) words.emplace_back("starts");
  if (rule.every_finished) {
    words.emplace_back("every end");
  } else if (!rule.modes.empty()) {
    words.push_back("ends of mode " + joined(rule.modes.names(), ", "));
  }
  return words.empty() ? "no builds" : joined(words, ", ");
}

}  // namespace

std::vector<std::string> in_words(const Rule& rule) {
  std::vector<std::string> lines{when(rule)};
  if (rule.build_set_summary) lines.emplace_back("one report when the buildset is complete");
  if (rule.needs_history())
    lines.emplace_back(rule.previous == Previous::branch ? "compared with the build before on the same branch"
                                                         : "compared with the builder's build before");
  add_filter(lines, "builders", rule.filter.builders);
  add_filter(lines, "tags", rule.filter.tags);
  add_filter(lines, "schedulers", rule.filter.schedulers);
  add_filter(lines, "branches", rule.filter.branches);
  if (rule.workers.all) {
    lines.emplace_back("missing workers: all");
  } else if (!rule.workers.names.empty()) {
    lines.push_back("missing workers: " +
                    joined({rule.workers.names.begin(), rule.workers.names.end()}, ", "));
  }
  if (!rule.generator.empty()) lines.push_back("by " + rule.generator);
  return lines;
}

}  // namespace carillon::rule
