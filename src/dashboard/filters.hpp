// What lists are asked for in a query: pages and the API read the same fields.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/fields.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

// What `result` may say.
const std::vector<std::string>& result_words();
// What `state` may say.
const std::vector<std::string>& state_words();

// The fields of each; one builder's list takes no `builder`.
inline constexpr std::array<std::string_view, 7> builds_fields{"source", "branch", "result", "since",
                                                               "before", "limit",  "builder"};
inline constexpr std::span builder_fields = std::span(builds_fields).first<6>();
inline constexpr std::array<std::string_view, 7> deliveries_fields{"state", "reporter", "builder", "to",
                                                                   "since", "before",   "limit"};
// Of those the ones that say which deliveries, and not how much of the list.
inline constexpr std::span choosing_fields = std::span(deliveries_fields).first<5>();

// source, builder, branch, result, since, before, limit. Failure (rejected): one of them says something else.
Result<store::BuildsFilter> builds_filter(const Fields& query, Millis now);

struct WantedDeliveries {
  store::LedgerFilter filter;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
};

// state, reporter, builder, to, since, before, limit. Failure as above.
Result<WantedDeliveries> deliveries_filter(const Fields& query, Millis now);

// A whole number above 0; nullopt: the text is none.
std::optional<std::int64_t> id_of(std::string_view text);
// A build's number: 0, too.
std::optional<std::int64_t> number_of(std::string_view text);

}  // namespace carillon::dashboard
