// How reports that are made again (carillon replay) differ from those of before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

// What a replay adds to the id of an event, so that all that derives from it (keys, Message-IDs) is new:
// "~replay1700000000"; empty for 0.
std::string replay_mark(std::int64_t replay);

// The key as it would be without any replay.
std::string without_replay(std::string_view key);

}  // namespace carillon
