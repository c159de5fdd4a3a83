// What was decided about an event, and why.
#pragma once

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
  };
  Outcome outcome = Outcome::ignore;
  // "mode failing", "builder not in builders", ...: shown by `carillon explain`.
  std::string reason;
};

// "report", "summary", "ignore".
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
