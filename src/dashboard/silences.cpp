#include "dashboard/silences.hpp"

#include <charconv>
#include <set>

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

asio::awaitable<Result<RowId>> begin_silence(const World& world, const Silence& silence) {
  auto id =
      co_await world.archive.ask([silence](store::Ledger& ledger) { return ledger.add_silence(silence); });
  if (id && world.changed) co_await world.changed();
  co_return id;
}

asio::awaitable<Result<std::string>> end_silence(const World& world, RowId id, const access::Caller& caller) {
  const Millis now = world.clock.now();
  const std::string by = who_does(caller);
  auto ended = co_await world.archive.ask(
      [id, now, by](store::Ledger& ledger) { return ledger.end_silence(id, now, by); });
  if (ended && world.changed) co_await world.changed();
  co_return ended;
}

RowId id_of(const Asked& asked) {
  const std::string text = asked.part("id");
  RowId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? id : 0;
}

}  // namespace carillon::dashboard
