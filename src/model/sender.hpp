// Whose builds are whose, where several senders post with one token.
#pragma once

#include "model/event.hpp"

namespace carillon {

// Whether the build may be of that buildset, whose id it has: two senders count their buildsets each for
// itself. The keys of posted events name the sender ("builds/b/7@ci.example.org/finished",
// "buildsets/1@ci.example.org/complete") or, of a buildset, when it was submitted
// ("buildsets/1@1700000000/complete"); what says nothing of it fits everything.
bool may_be_of(const Event& build, const Event& buildset);

}  // namespace carillon
