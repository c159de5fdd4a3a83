#include "dashboard/deeds.hpp"

#include <algorithm>

#include "base/terminal.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

std::string who_of(const access::Caller& caller) {
  return caller.who.empty() ? std::string("somebody") : caller.who;
}

store::Deed deed_of(const World& world, const access::Caller& caller, std::string what, std::string about,
                    const std::string& reason) {
  return {0, world.clock.now(), who_of(caller), caller.address, std::move(what), std::move(about), reason};
}

// change(ledger) on the archive's thread, and then the server looks at what changed.
template <class Change>
asio::awaitable<Done> change(const World& world, Change work) {
  auto done = co_await world.archive.ask(std::move(work));
  co_await world.changed();
  if (!done) co_return Done{503, done.error().what};
  co_return std::move(*done);
}

Done refused(store::Ledger& ledger, std::int64_t id, const std::string& why) {
  return {ledger.delivery(id) ? 409 : 404, why};
}

// Those that the filter has; one page more than there may be, and no more.
std::vector<std::int64_t> matching(store::Ledger& ledger, store::LedgerFilter filter) {
  std::vector<std::int64_t> ids;
  filter.limit = 500;
  std::optional<std::int64_t> before = std::numeric_limits<std::int64_t>::max();
  while (before && ids.size() <= most_at_once) {
    store::DeliveriesPage page = ledger.deliveries_before(filter, *before);
    for (const store::LedgerRow& row : page.rows)
      ids.push_back(row.id);
    before = page.next;
  }
  return ids;
}

}  // namespace

Counted counted_by(store::Ledger& ledger, const store::LedgerFilter& filter) {
  const std::vector<std::int64_t> ids = matching(ledger, filter);
  const auto newest = std::ranges::max_element(ids);
  return {ids.size(), newest == ids.end() ? 0 : *newest};
}

std::string by(const access::Caller& caller, std::string_view reason) {
  return who_of(caller) + (reason.empty() ? "" : ": " + std::string(reason));
}

asio::awaitable<Done> resend(const World& world, const access::Caller& caller, std::int64_t id,
                             const std::string& reason) {
  const Millis now = world.clock.now();
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    if (const std::string why_not = ledger.resend(id, now, by(caller, reason)); !why_not.empty())
      return refused(ledger, id, why_not);
    ledger.note(deed_of(world, caller, "resend", "delivery " + std::to_string(id), reason));
    return {200, "Delivery " + std::to_string(id) + " is due now.", {{"id", id}}};
  });
}

asio::awaitable<Done> drop(const World& world, const access::Caller& caller, std::int64_t id,
                           const std::string& reason) {
  const Millis now = world.clock.now();
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    if (const std::string why_not = ledger.drop(id, now, by(caller, reason)); !why_not.empty())
      return refused(ledger, id, why_not);
    ledger.note(deed_of(world, caller, "drop", "delivery " + std::to_string(id), reason));
    return {200, "Delivery " + std::to_string(id) + " will not be sent.", {{"id", id}}};
  });
}

asio::awaitable<Done> do_many(const World& world, const access::Caller& caller, What what, const Many& many,
                              const std::string& reason) {
  const Millis now = world.clock.now();
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    std::vector<std::int64_t> ids = many.ids;
    if (many.by_filter) {
      ids = matching(ledger, many.filter);
      const bool newer = !ids.empty() && *std::ranges::max_element(ids) > many.up_to;
      if (newer || ids.size() != many.expected)
        return {409, "There are " + std::to_string(ids.size()) + " by now, and " +
                         std::to_string(many.expected) + " were seen: look again."};
    }
    if (ids.size() > most_at_once) return {400, "At most " + std::to_string(most_at_once) + " at once."};
    std::size_t changed = 0;
    json::array refusals;
    for (const std::int64_t id : ids) {
      const std::string why_not = what == What::resend ? ledger.resend(id, now, by(caller, reason))
                                                       : ledger.drop(id, now, by(caller, reason));
      if (why_not.empty()) {
        ++changed;
      } else {
        refusals.push_back(json::object{{"id", id}, {"why", why_not}});
      }
    }
    const char* verb = what == What::resend ? "resend" : "drop";
    if (changed > 0) ledger.note(deed_of(world, caller, verb, counted(changed, "report"), reason));
    const std::string left =
        refusals.empty() ? "" : " " + std::to_string(refusals.size()) + " were left as they are.";
    return {200,
            counted(changed, "report") + (changed == 1 ? " is " : " are ") +
                (what == What::resend ? "due now." : "dropped.") + left,
            {{"changed", changed}, {"refused", std::move(refusals)}}};
  });
}

asio::awaitable<Done> hold(const World& world, const access::Caller& caller, const std::string& reporter,
                           Millis until, const std::string& reason) {
  const Millis now = world.clock.now();
  if (const auto may = view::may_hold(until, reason, now); !may) co_return Done{400, may.error().what};
  const std::vector<ReporterFacts> known = world.reporters();
  if (std::ranges::none_of(known, [&](const ReporterFacts& one) { return one.name == reporter; }))
    co_return Done{404, "There is no reporter '" + reporter + "'."};
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    ledger.hold({reporter, until, reason, who_of(caller)});
    ledger.note(deed_of(world, caller, "pause", "reporter " + reporter + " until " + iso(until), reason));
    return {
        200, reporter + " is paused until " + iso(until) + ".", {{"reporter", reporter}, {"until", until}}};
  });
}

asio::awaitable<Done> release(const World& world, const access::Caller& caller, const std::string& reporter,
                              const std::string& reason) {
  const Millis now = world.clock.now();
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    const std::vector<std::string> resumed = ledger.resume(reporter, now);
    if (resumed.empty()) return {409, "No pause holds up '" + reporter + "'."};
    ledger.note(deed_of(world, caller, "go", "reporter " + reporter, reason));
    return {200, reporter + " goes on.", {{"reporter", reporter}, {"resumed", json::value_from(resumed)}}};
  });
}

asio::awaitable<Done> test_send(const World& world, const access::Caller& caller,
                                const std::string& reporter) {
  json::object told = co_await world.test_send(reporter);
  if (const auto error = string_at(told, "error")) {
    const bool known = told.contains("known");
    co_return Done{known ? 409 : 404, std::string(*error)};
  }
  const Done noted = co_await change(world, [&](store::Ledger& ledger) -> Done {
    ledger.note(deed_of(world, caller, "test-send", "reporter " + reporter, {}));
    return {};
  });
  if (noted.status != 200) co_return noted;
  co_return Done{200, "Sent; what was answered stands below.", std::move(told)};
}

asio::awaitable<Done> reload(const World& world, const access::Caller& caller) {
  json::object told = co_await world.reload();
  if (const auto error = string_at(told, "error"))
    co_return Done{409, "Not reloaded: " + std::string(*error)};
  const Done noted = co_await change(world, [&](store::Ledger& ledger) -> Done {
    ledger.note(deed_of(world, caller, "reload", "configuration", {}));
    return {};
  });
  if (noted.status != 200) co_return noted;
  co_return Done{200, "The configuration was read again.", std::move(told)};
}

}  // namespace carillon::dashboard
