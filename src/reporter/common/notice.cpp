#include "reporter/common/notice.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "model/members.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/subject.hpp"
#include "reporter/common/summary.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/wanted_details.hpp"

namespace carillon::reporter {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

bool watches(const NoticeSettings& settings, std::string_view mode) {
  return std::ranges::find(settings.modes, mode) != settings.modes.end();
}

// The words of the manual, shortcuts ("all", "warnings") replaced.
std::vector<std::string> mode_words(const Arguments& args) {
  const auto* word = args.at("mode").as<std::string>();
  if (word == nullptr) return args.strings("mode").value_or(std::vector<std::string>());
  if (*word == "all") {
    return {"change", "failing", "passing", "problem", "warnings", "exception", "cancelled"};
  }
  if (*word == "warnings") return {"failing", "warnings"};
  return {*word};
}

std::string checked_subject(const Arguments& args) {
  std::string subject = args.optional_string("subject").value_or("");
  if (subject.find_first_of("\r\n") != std::string::npos) args.fail("subject", "a subject is one line");
  if (const std::string wrong = check_subject(subject, {"builder", "result", "title", "projectName"});
      !wrong.empty())
    args.fail("subject", wrong);
  return subject;
}

}  // namespace

NoticeSettings read_notice_settings(const Arguments& args) {
  NoticeSettings made;
  made.formatter = args.object("messageFormatter");
  if (args.has("messageFormatterMissingWorker")) {
    made.worker_formatter = args.object("messageFormatterMissingWorker");
  }
  made.modes = mode_words(args);
  if (args.has("subject")) made.subject = checked_subject(args);
  return made;
}

void add_notice_arguments(settings::Schema& schema, const NoticeArguments& which) {
  const Value none{};
  auto& list = schema.arguments;
  if (which.mode_first) {
    list.push_back(
        {.name = "mode",
         .types = {Type::string, Type::strings},
         .fallback = Value{settings::List{Value{std::string("failing")}, Value{std::string("passing")},
                                          Value{std::string("warnings")}}},
         .doc = "which builds are reported"});
  }
  list.push_back({.name = "tags", .types = {Type::strings}, .doc = "only builders with one of these tags"});
  list.push_back({.name = "builders", .types = {Type::strings}, .doc = "only these builders"});
  list.push_back({.name = "buildSetSummary",
                  .types = {Type::boolean},
                  .fallback = Value{false},
                  .doc = "one message for a whole buildset"});
  list.push_back({.name = "messageFormatter", .types = {Type::formatter}, .doc = "words the message"});
  if (which.subject) {
    list.push_back({.name = "subject",
                    .types = {Type::string},
                    .fallback = Value{std::string(usual_subject)},
                    .doc = "title when the formatter has none"});
  }
  list.push_back({.name = "schedulers", .types = {Type::strings}, .doc = "only builds of these schedulers"});
  list.push_back({.name = "branches",
                  .types = {Type::strings, Type::list},
                  .doc = "only builds of these branches; None: of no branch"});
  if (which.workers) {
    list.push_back({.name = "watchedWorkers",
                    .types = {Type::string, Type::strings},
                    .doc = "missing workers to report"});
    list.push_back({.name = "messageFormatterMissingWorker",
                    .types = {Type::missing_worker_formatter},
                    .doc = "words the message about a missing worker"});
  }
  list.push_back({.name = "previous",
                  .types = {Type::string},
                  .fallback = Value{std::string("builder")},
                  .doc = "what change and problem compare with"});
}

settings::Argument notice_argument(std::string_view name) {
  settings::Schema all;
  add_notice_arguments(all, {});
  return *std::ranges::find(all.arguments, name, &settings::Argument::name);
}

Needs notice_needs(const NoticeSettings& settings) {
  Needs needs;
  needs.properties = true;
  const Asked asked = asked_by(settings.formatter);
  needs.logs = asked.logs;
  needs.steps = asked.steps;
  needs.previous_build = watches(settings, "change") || watches(settings, "problem");
  needs.changes = true;
  return needs;
}

asio::awaitable<std::optional<Notice>> word_notice(const NoticeSettings& settings,
                                                   const Environment& environment, const Details& details) {
  Notice notice;
  JoinedText body;
  const auto add = [&](const message::Message& message, bool own = false) {
    body.add(message, own);
    if (message.subject) notice.subject = *message.subject;
    if (!message.note.empty()) notice.note += (notice.note.empty() ? "" : "; ") + fold_to_line(message.note);
  };
  const auto finished = [&] {
    notice.body = std::move(body.text);
    notice.markup = body.markup;
    return std::move(notice);
  };
  if (details.kind == EventKind::worker_missing) {
    const std::string worker(string_at(details.worker, "name").value_or("?"));
    notice.subject = "Buildbot worker " + fold_to_line(worker) + " missing";
    notice.summary = "worker " + fold_to_line(worker) + " is missing";
    json::object context = message::worker_context(environment.site, details.worker);
    if (settings.breaks_mentions) {
      break_mentions(context);
      notice.subject = without_mentions(notice.subject);
    }
    const auto worded = co_await message::format_worker(usable(settings.worker_formatter, details),
                                                        std::move(context), details.source);
    add(worded);
    co_return finished();
  }
  if (details.builds.empty()) co_return std::nullopt;
  const json::object& first = details.builds.front();
  notice.results = reported_results(details);
  notice.url = std::string(string_at(linked_build(details.builds), "url").value_or(""));
  notice.summary = report_summary(details);
  if (!settings.subject.empty()) {
    const std::string& builder = facts_of(first).builder;
    const std::string shown = settings.breaks_mentions ? without_mentions(builder) : builder;
    notice.subject = fold_to_line(report_subject(settings.subject, shown, details, environment.site));
  }
  if (details.report) {
    if (const auto message = message::read_message(*details.report)) add(*message);
    co_return finished();
  }
  const settings::ObjectPtr formatter = usable(settings.formatter, details);
  for (const json::object& build : details.builds) {
    json::object context = asked_context(environment.site, settings.modes, build, settings.formatter);
    if (settings.breaks_mentions) break_mentions(context);
    const auto worded = co_await message::format_build(formatter, std::move(context), details.source);
    add(worded, is_own_text(formatter, worded));
  }
  co_return finished();
}

std::string notice_mode(const NoticeSettings& settings, const Details& details) {
  if (details.kind == EventKind::worker_missing) return "worker_missing";
  if (details.builds.empty()) return {};
  const json::object& build = details.builds.front();
  const auto results = reported_results(details);
  if (!results) return {};
  const auto before = results_at(build, "prev_build.results");
  const bool changed = before && *before != *results;
  if (changed && *results != Results::retry && watches(settings, "change")) return "change";
  switch (*results) {
    case Results::success:
      return "passing";
    case Results::warnings:
      return "warnings";
    case Results::failure:
      return watches(settings, "problem") && !watches(settings, "failing") ? "problem" : "failing";
    case Results::exception:
      return "exception";
    case Results::cancelled:
      return "cancelled";
    case Results::skipped:
    case Results::retry:
      break;
  }
  return {};
}

std::string plain_of_html(std::string_view html) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities = {
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "}, {"&amp;", "&"}}};
  std::string out;
  while (!html.empty()) {
    if (html.front() == '<') {
      const auto end = html.find('>');
      if (end == std::string_view::npos) break;
      const auto tag = html.substr(1, end - 1);
      if (tag.starts_with("br") || tag.starts_with("/p") || tag.starts_with("/div") ||
          tag.starts_with("/li")) {
        out += '\n';
      }
      html.remove_prefix(end + 1);
      continue;
    }
    bool entity = false;
    for (const auto& [coded, plain] : entities) {
      if (!html.starts_with(coded)) continue;
      out += plain;
      html.remove_prefix(coded.size());
      entity = true;
      break;
    }
    if (entity) continue;
    out += html.front();
    html.remove_prefix(1);
  }
  return out;
}

}  // namespace carillon::reporter
