#include "pipeline/silence_summary.hpp"

#include "base/moment.hpp"
#include "model/build.hpp"
#include "reporter/common/foreign_text.hpp"
#include "rule/silence.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t most_builders = 50;  // each of them is read

struct OfBuilder {
  std::string source, builder;
  std::int64_t count = 0;
  RowId event = 0;
};

std::vector<OfBuilder> held_of(const json::object& body, const std::string& reporter) {
  std::vector<OfBuilder> all;
  const json::object* held = object_at(body, "held");
  const json::value* list = held == nullptr ? nullptr : held->if_contains(reporter);
  if (list == nullptr || !list->is_array()) return all;
  for (const json::value& item : list->get_array()) {
    const json::object* one = item.if_object();
    if (one == nullptr) continue;
    all.push_back({text_at(*one, "source"), text_at(*one, "builder"), integer_at(*one, "count").value_or(0),
                   integer_at(*one, "event").value_or(0)});
  }
  return all;
}

std::string count_text(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " report" : " reports");
}

std::string line_of(const OfBuilder& held, const json::object* build) {
  std::string line = held.builder.empty() ? "workers" : held.builder;
  if (build != nullptr) {
    const BuildFacts facts = facts_of(*build);
    line += ": " + std::string(facts.results ? name(*facts.results) : "running") + " now (#" +
            std::to_string(facts.number) + attempt_mark(facts.run()) + ")";
  }
  return line + ", " + count_text(held.count) + " held back";
}

json::object worded(const json::object& body, const std::string& reporter, std::int64_t count,
                    const std::string& lines) {
  const std::string number = std::to_string(integer_at(body, "id").value_or(0));
  const std::string who = text_at(body, "who");
  const std::string ended_by = text_at(body, "ended_by");
  json::object report;
  report["type"] = "plain";
  report["subject"] = "Silence " + number + " is over: " + count_text(count) + " held back";
  report["body"] = "Silence " + number + " (" + text_at(body, "why") + ")" +
                   (who.empty() ? "" : " of " + who) + " is over" +
                   (ended_by.empty() ? "" : ", ended by " + ended_by) + ". From " +
                   minute_text(integer_at(body, "from").value_or(0)) + " to " +
                   minute_text(integer_at(body, "until").value_or(0)) + " it held back " + count_text(count) +
                   " of " + reporter + ":\n" + lines;
  return report;
}

// The newest one that has ended, else the one that was held back; nullopt: both are forgotten.
Task<std::optional<Event>> newest_build(store::Journal& journal, const OfBuilder& held) {
  auto previous = co_await journal.previous(held.source, held.builder, std::nullopt, after_all_runs);
  if (!previous) co_return failed(previous);
  auto found = co_await journal.event(*previous ? (*previous)->event_row : held.event);
  if (!found) co_return failed(found);
  if (*found && !is_build(kind_of((*found)->key))) co_return std::nullopt;
  co_return std::move(*found);
}

}  // namespace

bool is_summary(const Event& event) {
  return kind_of(event.key) == EventKind::silence_over;
}

Task<void> assemble_summary(const RosterEntry& entry, const Event& event, const DetailSources& sources,
                            bool give_up, reporter::Details& assembled) {
  assembled.kind = EventKind::buildset_complete;
  std::string lines;
  std::int64_t count = 0;
  std::size_t shown = 0;
  std::size_t more = 0;
  for (const OfBuilder& held : held_of(event.body, entry.name)) {
    count += held.count;
    if (shown == most_builders) {
      ++more;
      continue;
    }
    ++shown;
    std::optional<Event> newest;
    if (!held.builder.empty()) {
      auto found = co_await newest_build(sources.journal, held);
      if (!found) co_return failed(found);
      newest = std::move(*found);
    }
    lines += line_of(held, newest ? &newest->body : nullptr) + "\n";
    if (!newest) continue;
    auto done =
        co_await complement(newest->body, entry.reporter->needs(), *newest, sources, give_up, assembled);
    if (!done) co_return done;
    reporter::drop_odd_links(newest->body);
    if (const auto url = BuildView(newest->body).url(); url && !url->empty())
      lines += "  " + std::string(*url) + "\n";
    assembled.builds.push_back(std::move(newest->body));
  }
  if (more > 0) lines += "and " + std::to_string(more) + " builders more\n";
  assembled.report = worded(event.body, entry.name, count, lines);
  co_return ok();
}

void name_summaries(std::vector<Delivery>& deliveries, const reporter::Details& assembled) {
  for (Delivery& delivery : deliveries)
    delivery.summary = text_at(*assembled.report, "subject");
}

}  // namespace carillon::pipeline
