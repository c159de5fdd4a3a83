#include "dashboard/filters.hpp"

#include <charconv>

#include "model/results_named.hpp"

namespace carillon::dashboard {
namespace {

// What all lists take: from when on, where the page begins, how long it is.
Result<void> read_span(const Fields& query, Millis now, Millis& since, std::int64_t& before,
                       std::size_t& limit) {
  const auto from = query.since("since", now);
  if (!from) return failed(from.error());
  since = *from;
  const auto start = query.number("before", 1, std::numeric_limits<std::int64_t>::max());
  if (!start) return failed(start.error());
  before = start->value_or(before);
  const auto most = query.number("limit", 1, 500);
  if (!most) return failed(most.error());
  limit = static_cast<std::size_t>(most->value_or(50));
  return ok();
}

}  // namespace

const std::vector<std::string>& result_words() {
  static const std::vector<std::string> words{"running",   "success", "warnings", "failure",
                                              "exception", "skipped", "retry",    "cancelled"};
  return words;
}

// What the query asks for; failure: it says something else.
Result<store::BuildsFilter> builds_filter(const Fields& query, Millis now) {
  store::BuildsFilter filter;
  filter.source = query.text("source");
  filter.builder = query.text("builder");
  filter.branch = query.text("branch");
  const std::string wanted = query.text("result");
  if (wanted == "running") {
    filter.running = true;
  } else if (!wanted.empty()) {
    const auto results = results_named(wanted);
    if (!results) return rejected("result: there is no result '" + wanted + "'");
    filter.results.push_back(*results);
  }
  if (auto read = read_span(query, now, filter.since, filter.before, filter.limit); !read)
    return failed(read.error());
  return filter;
}

const std::vector<std::string>& state_words() {
  static const std::vector<std::string> words{"waiting",    "delivered", "dead",
                                              "superseded", "dropped",   "skipped"};
  return words;
}

Result<WantedDeliveries> deliveries_filter(const Fields& query, Millis now) {
  WantedDeliveries wanted;
  store::LedgerFilter& filter = wanted.filter;
  if (const std::string state = query.text("state"); !state.empty()) {
    filter.state = delivery_state_from(state);
    if (!filter.state) return rejected("state: there is no state '" + state + "'");
  }
  const auto text = [&](const char* name) {
    const std::string typed = query.text(name);
    return typed.empty() ? std::nullopt : std::optional(typed);
  };
  filter.reporter = text("reporter");
  filter.builder = text("builder");
  filter.target = text("to");
  if (auto read = read_span(query, now, filter.since, wanted.before, filter.limit); !read)
    return failed(read.error());
  return wanted;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::int64_t> id_of(std::string_view text) {
  const auto number = number_of(text);
  return number == 0 ? std::nullopt : number;
}

}  // namespace carillon::dashboard
