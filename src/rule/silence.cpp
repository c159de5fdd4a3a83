#include "rule/silence.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/letters.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"
#include "rule/said_why.hpp"

namespace carillon::rule {
namespace {

constexpr std::size_t longest_pattern = 500;

struct Pattern {
  std::string_view name;
  std::string Silence::* text;
};
constexpr std::array<Pattern, 6> patterns{{{"builder", &Silence::builder},
                                           {"branch", &Silence::branch},
                                           {"tag", &Silence::tag},
                                           {"result", &Silence::result},
                                           {"reporter", &Silence::reporter},
                                           {"target", &Silence::target}}};

bool fits(const std::string& pattern, std::string_view text) {
  return pattern.empty() || matches(pattern, text);
}

bool fits(const Silence& silence, const BuildFacts& build) {
  if (!fits(silence.builder, build.builder) || !fits(silence.branch, build.branch)) return false;
  if (!fits(silence.result, build.results ? name(*build.results) : std::string_view())) return false;
  return silence.tag.empty() ||
         std::ranges::any_of(build.tags, [&](const std::string& tag) { return matches(silence.tag, tag); });
}

bool is_about_builds(const Silence& silence) {
  return !silence.builder.empty() || !silence.branch.empty() || !silence.tag.empty() ||
         !silence.result.empty();
}

bool is_result(const std::string& pattern) {
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    if (matches(pattern, name(*results))) return true;
  }
  return false;
}

const Silence* first_of(std::span<const Silence> silences, const Report& report, Millis heard,
                        std::optional<std::string_view> told) {
  for (const Silence& silence : silences) {
    if (silence.target.empty() == told.has_value() || !runs(silence, heard)) continue;
    if (!covers(silence, report)) continue;
    if (!told || covers(silence, *told)) return &silence;
  }
  return nullptr;
}

}  // namespace

std::string wrong(const Silence& silence, Millis now) {
  for (const Pattern& pattern : patterns) {
    const std::string& text = silence.*pattern.text;
    if (text.size() > longest_pattern)
      return std::string(pattern.name) + ": has more than " + std::to_string(longest_pattern) + " bytes";
    if (text != visible(text)) return std::string(pattern.name) + ": has characters that nobody sees";
  }
  const auto is_given = [&](const Pattern& pattern) { return !(silence.*pattern.text).empty(); };
  if (std::ranges::none_of(patterns, is_given))
    return "builder: name at least a builder, branch, tag, result, reporter or target; '*' is any";
  if (!silence.result.empty() && !is_result(silence.result))
    return "result: there is no result '" + silence.result + "': success, warnings, failure, exception ...";
  if (is_blank(silence.why)) return "why: is needed, for those who wonder";
  if (std::string odd = wrong_reason("why", silence.why); !odd.empty()) return odd;
  if (std::string odd = wrong_reason("who", silence.who); !odd.empty()) return odd;
  if (silence.until == 0) return "until: is needed, at most 30 days from its begin";
  if (silence.until <= now) return "until: is in the past";
  if (silence.until <= silence.from) return "until: is before its begin";
  if (silence.until - std::max(silence.from, now) > longest_silence)
    return "until: is more than 30 days from its begin";
  if (silence.from - now > longest_silence) return "from: is more than 30 days from now";
  return {};
}

bool covers(const Silence& silence, const Report& report) {
  if (report.tells_programs && !silence.statuses) return false;
  if (!fits(silence.reporter, report.reporter)) return false;
  if (!is_about_builds(silence)) return true;
  return !report.builds.empty() &&
         std::ranges::all_of(report.builds, [&](const BuildFacts& build) { return fits(silence, build); });
}

bool covers(const Silence& silence, std::string_view told) {
  if (silence.target.empty()) return true;
  const std::string pattern = lower(silence.target);
  const std::string whole = lower(told);
  if (matches(pattern, whole)) return true;
  return std::ranges::any_of(words_of(whole, " ,;<>"), [&](std::string_view word) {
    const std::string_view mailbox = word.substr(0, word.find('@'));
    return matches(pattern, word) || (!mailbox.empty() && matches(pattern, mailbox));
  });
}

const Silence* held_by(std::span<const Silence> silences, const Report& report, Millis heard) {
  return first_of(silences, report, heard, std::nullopt);
}

const Silence* held_by(std::span<const Silence> silences, const Report& report, Millis heard,
                       std::string_view told) {
  return first_of(silences, report, heard, told);
}

std::string in_words(const Silence& silence) {
  return "silence " + std::to_string(silence.id) + " until " + minute_text(silence.until) + ": " +
         silence.why;
}

std::string subject_of(const Silence& silence) {
  std::string words;
  for (const Pattern& pattern : patterns) {
    const std::string& text = silence.*pattern.text;
    if (!text.empty()) words += (words.empty() ? "" : ", ") + std::string(pattern.name) + " " + text;
  }
  return words;
}

}  // namespace carillon::rule
