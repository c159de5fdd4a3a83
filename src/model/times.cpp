#include "model/times.hpp"

#include "base/foreign_time.hpp"

namespace carillon {
namespace {

void make_plausible(json::object& object, std::string_view key, Millis heard) {
  const auto seconds = integer_at(object, key);
  if (!seconds) return;
  const Millis at = plausible(*seconds, heard);
  if (at != to_millis(*seconds)) object[key] = at / 1000;
}

}  // namespace

void make_times_plausible(json::object& build, Millis heard) {
  for (const char* key : {"started_at", "complete_at"})
    make_plausible(build, key, heard);
  for (const char* part : {"buildrequest", "buildset"}) {
    json::value* inner = build.if_contains(part);
    if (inner == nullptr || !inner->is_object()) continue;
    for (const char* key : {"submitted_at", "complete_at"})
      make_plausible(inner->get_object(), key, heard);
  }
}

}  // namespace carillon
