// What was decided about an event, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

struct Decision {
  // The numbers are those in the database.
  enum class Outcome {
    report = 0,   // a notification is made
    summary = 1,  // wanted, and kept for the buildset's summary
    ignore = 2,
    silenced = 3,  // wanted, and held back by a silence
  };
  Outcome outcome = Outcome::ignore;
  // "mode failing", "builder not in builders", ...: shown by `carillon explain`.
  std::string reason;
  // The number of the silence that holds it back; 0: none.
  std::int64_t silence = 0;
};

// "report", "summary", "ignore", "silenced".
std::string_view name(Decision::Outcome outcome);

// What a rule said of an event, for one reporter.
struct ReporterDecision {
  std::string reporter;
  Decision decision;
};

// Why a start that was heard after its end is not reported.
inline constexpr std::string_view late_start = "its end was heard before";

// The same reporters, none of which reports it.
std::vector<ReporterDecision> all_ignored(std::vector<ReporterDecision> decisions, std::string_view why);

}  // namespace carillon
