// What requests to the API have in common that change something, or begin it.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "dashboard/deeds.hpp"
#include "dashboard/repeats.hpp"

namespace carillon::dashboard {

using Body = json::object;
using Deed = std::function<asio::awaitable<web::Response>(const Asked&, const Body&)>;

// "POST /api/v1/PATH": a place that takes a JSON object, or nothing, once for each Idempotency-Key.
Place post(std::string path, access::Role role, const World& world, std::shared_ptr<Repeats> repeats,
           Deed deed);

// The members that a body may have. Failure (rejected) names one that is not known.
Result<void> only(const Body& body, std::initializer_list<std::string_view> known);

// {"done": WORDS, ...}, or the error.
web::Response told(const Done& done);

// "wait=5" of Prefer, in seconds; at most 30; 0: no such wish.
int asked_wait(const Asked& asked);

}  // namespace carillon::dashboard
