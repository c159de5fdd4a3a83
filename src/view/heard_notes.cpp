#include "view/heard_notes.hpp"

#include <algorithm>

#include "base/terminal.hpp"
#include "model/event.hpp"
#include "source/hook/test_memory.hpp"

namespace carillon::view {
namespace {

// "run-7.1" of "builds/run-7.1/finished".
std::string run_in(const std::string& key) {
  const auto begin = key.find('/');
  const auto end = key.rfind('/');
  return begin == std::string::npos || end <= begin ? std::string() : key.substr(begin + 1, end - begin - 1);
}

std::uint64_t tests_at(const json::object& object, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(integer_at(object, name).value_or(0), 0));
}

}  // namespace

std::vector<std::string> notes_of(store::Ledger& ledger, const store::LedgerEvent& entry) {
  std::vector<std::string> notes;
  if (const json::array* heard = array_at(entry.event.body, "heard_notes")) {
    for (const json::value& note : *heard) {
      if (note.is_string()) notes.emplace_back(note.get_string());
    }
  }
  if (kind_of(entry.event.key) != EventKind::build_finished) return notes;
  const auto late = ledger.remembered("source " + entry.event.source,
                                      source::hook::late_tests_key(run_in(entry.event.key)));
  if (late && late->is_object()) {
    const json::object& tests = late->get_object();
    const std::uint64_t reports = tests_at(tests, "reports");
    notes.push_back(counted(reports, "report") + " of " + counted(tests_at(tests, "tests"), "test") + ", " +
                    std::to_string(tests_at(tests, "failed")) + " failed, came after the end was told: it " +
                    "was told without them");
  }
  return notes;
}

}  // namespace carillon::view
