#include "store/list_rows.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "store/reading.hpp"

namespace carillon::store {
namespace {

// Characters.
constexpr std::size_t longest_listed_text = 1'000;
constexpr std::size_t longest_listed_name = 300;
// Bytes.
constexpr std::size_t longest_listed_url = 4'000;
constexpr std::size_t most_listed_tags = 100;

}  // namespace

ListedBuild without_body(LightRow row) {
  ListedBuild build;
  build.row = row.id;
  build.builder = std::move(row.builder);
  build.run = row.run;
  build.branch = std::move(row.branch);
  build.results = row.finished ? row.results : std::nullopt;
  build.heard = row.heard;
  build.event.source = std::move(row.source);
  return build;
}

json::object listed_body(const std::string& text) {
  json::monotonic_resource arena(2 * text.size());  // most of the body is of no use here
  const json::value body = parse_stored(text, &arena);
  const BuildView view(body.as_object());
  json::object out;
  if (const auto state = view.state_string()) out["state_string"] = ellipsize(*state, longest_listed_text);
  // Cut, it would lead elsewhere.
  if (const auto url = view.url(); url && url->size() <= longest_listed_url) out["url"] = *url;
  if (const auto started = view.started_at()) out["started_at"] = *started;
  if (const json::array* tags = view.tags()) {
    json::array kept;
    for (const json::value& tag : *tags) {
      if (kept.size() < most_listed_tags && tag.is_string())
        kept.emplace_back(ellipsize(std::string_view(tag.get_string()), longest_listed_name));
    }
    out["builder"] = json::object{{"tags", std::move(kept)}};
  }
  const json::array* stamps = view.sourcestamps();
  if (const json::object* stamp =
          stamps != nullptr && !stamps->empty() ? stamps->front().if_object() : nullptr) {
    const std::string revision = ellipsize(text_at(*stamp, "revision"), longest_listed_name);
    out["buildset"] = json::object{{"sourcestamps", json::array{json::object{{"revision", revision}}}}};
  }
  return out;
}

bool is_wanted(const BuildsFilter& filter, const LightRow& row) {
  if (!filter.source.empty() && row.source != filter.source) return false;
  if (!filter.builder.empty() && row.builder != filter.builder) return false;
  if (!filter.branch.empty() && row.branch != filter.branch) return false;
  if (row.heard < filter.since) return false;
  if (filter.results.empty() && !filter.running) return true;
  if (!row.finished) return filter.running;
  return row.results && std::ranges::find(filter.results, *row.results) != filter.results.end();
}

bool is_wanted(const LedgerFilter& filter, const LedgerRow& row) {
  return (!filter.state || row.state == *filter.state) &&
         (!filter.reporter || row.reporter == *filter.reporter) &&
         (!filter.builder || row.builder == *filter.builder) &&
         (!filter.target || has_part(row.target, *filter.target)) &&
         (row.created >= filter.since || row.settled_at.value_or(0) >= filter.since);
}

DeliveriesPage page_of_events(
    const LedgerFilter& filter, RowId before,
    const std::function<std::vector<RowId>(RowId below, std::size_t limit)>& events_of,
    const std::function<std::vector<LedgerRow>(RowId event)>& deliveries_of) {
  DeliveriesPage page;
  // A few are enough, unless the filter wants hardly any of them.
  for (std::size_t at_once = 2 * filter.limit + 1;; at_once *= 4) {
    std::vector<RowId> events = events_of(before, at_once);
    const bool all = events.size() < at_once;
    std::ranges::sort(events, std::greater<>{});
    events.resize(std::min(events.size(), at_once));
    for (const RowId event : events) {
      if (page.rows.size() >= filter.limit) {
        page.next = before;
        return page;
      }
      before = event;
      std::vector<LedgerRow> of_event = deliveries_of(event);
      std::ranges::reverse(of_event);
      for (LedgerRow& row : of_event) {
        if (is_wanted(filter, row)) page.rows.push_back(std::move(row));
      }
    }
    if (all) return page;
  }
}

}  // namespace carillon::store
