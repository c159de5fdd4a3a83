#include "dashboard/silences.hpp"

#include <set>

#include "dashboard/filters.hpp"

namespace carillon::dashboard {

view::Given given_by(Fields fields) {
  const bool has_end = !fields.text("until").empty();
  return [fields = std::move(fields), has_end](std::string_view name) {
    return has_end && name == "for" ? std::string() : fields.text(name);
  };
}

std::function<bool(const std::string& reporter)> programs_of(const World& world) {
  std::set<std::string> programs;
  for (const ReporterFacts& reporter : world.reporters()) {
    if (reporter.tells_programs) programs.insert(reporter.name);
  }
  return
      [programs = std::move(programs)](const std::string& reporter) { return programs.contains(reporter); };
}

std::string who_does(const access::Caller& caller) {
  return caller.who.empty() ? "somebody at " + caller.address : caller.who;
}

asio::awaitable<Result<RowId>> begin_silence(const World& world, const access::Caller& caller,
                                             const Silence& silence) {
  store::Deed deed{0, world.clock.now(), silence.who, caller.address, "silence", {}, silence.why};
  auto id = co_await world.archive.change([&](store::Ledger& ledger) {
    const RowId added = ledger.add_silence(silence);
    deed.about = "silence " + std::to_string(added);
    ledger.note(deed);
    return added;
  });
  if (id && world.changed) co_await world.changed();
  co_return id;
}

asio::awaitable<Result<std::string>> end_silence(const World& world, RowId id, const access::Caller& caller) {
  const Millis now = world.clock.now();
  const std::string by = who_does(caller);
  auto ended = co_await world.archive.change([&](store::Ledger& ledger) {
    std::string why_not = ledger.end_silence(id, now, by);
    if (why_not.empty())
      ledger.note({0, now, by, caller.address, "end", "silence " + std::to_string(id), {}});
    return why_not;
  });
  if (ended && world.changed) co_await world.changed();
  co_return ended;
}

RowId id_of(const Asked& asked) {
  return id_of(asked.part("id")).value_or(0);
}

}  // namespace carillon::dashboard
