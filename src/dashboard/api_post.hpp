// What requests to the API answer that change something, or begin it.
#pragma once

#include "dashboard/api.hpp"
#include "dashboard/deeds.hpp"

namespace carillon::dashboard {

// {"done": WORDS, ...}, or the error.
web::Response told(const Done& done);

// "wait=5" of Prefer, in seconds; at most 30; 0: no such wish.
int asked_wait(const Asked& asked);

}  // namespace carillon::dashboard
