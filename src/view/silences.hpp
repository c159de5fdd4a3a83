// Silences for people: out of what they typed, and as they stand.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/ledger.hpp"

namespace carillon::view {

enum class Phase { coming, running, ended };
Phase phase_of(const Silence& silence, Millis now);
// "coming", "running", "ended".
std::string_view word(Phase phase);

// What was given under a name; "" where nothing was. Names: builder, branch, tag, result, reporter, target,
// from, until, for, why, statuses, summary. Times are as parse_moment() reads them, but "2h" is in two hours;
// `for` may stand in the place of `until`; a `from` in the past is now.
using Given = std::function<std::string(std::string_view name)>;
// Failure (rejected): what is wrong, with the name of the field (rule::wrong).
Result<Silence> read_silence(const Given& given, std::string who, Millis now, Zone zone = Zone::local);
// The same where only what it is about matters: it needs neither an end nor a reason.
Result<Silence> read_subject(const Given& given, Millis now);

// What a silence would have held back of the last 24 hours.
struct Tried {
  // Reports that went out, and those of them that it is about: of a mail at least one recipient.
  std::size_t reports = 0;
  std::size_t held = 0;
  // Those, by reporter.
  std::map<std::string, std::size_t> by_reporter;
  // There was more than is looked at: only so many of the newest events were.
  bool partial = false;
  std::size_t events = 0;
};
// tells_programs: of a reporter's name. Reports about whole buildsets count where the silence asks for
// nothing of their builds.
Tried try_out(store::Ledger& ledger, const Silence& silence, Millis now,
              const std::function<bool(const std::string& reporter)>& tells_programs);
// "In the last 24 h this would have held back 14 of 212 reports: MailNotifier 11, IRC 3."
std::string in_words(const Tried& tried);

// As `--json` and the API show them. Times are Millis since the epoch.
json::object to_json(const store::KeptSilence& kept, Millis now);
json::object to_json(const Tried& tried);

}  // namespace carillon::view
