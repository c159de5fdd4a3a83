#include "dashboard/deeds.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "base/terminal.hpp"
#include "dashboard/words.hpp"
#include "rule/said_why.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_of_page = 500;
constexpr std::int64_t newest_first = std::numeric_limits<std::int64_t>::max();

std::string who_of(const access::Caller& caller) {
  return caller.who.empty() ? std::string("somebody") : caller.who;
}

store::Deed deed_of(const World& world, const access::Caller& caller, std::string what, std::string about,
                    const std::string& reason) {
  return {0, world.clock.now(), who_of(caller), caller.address, std::move(what), std::move(about), reason};
}

Done unavailable(const Failure& failure) {
  return {503, failure.what};
}

// change(ledger) as one transaction, and then the server looks at what changed.
template <class Change>
asio::awaitable<Done> change(const World& world, Change work) {
  auto done = co_await world.archive.change(std::move(work));
  if (!done) co_return unavailable(done.error());
  co_await world.changed();
  co_return std::move(*done);
}

// Notes that it was asked for: what cannot be noted is not done.
asio::awaitable<Done> noted(const World& world, const access::Caller& caller, std::string what,
                            std::string about) {
  const store::Deed deed = deed_of(world, caller, std::move(what), std::move(about), {});
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    ledger.note(deed);
    return {};
  });
}

bool is_known(const World& world, const std::string& reporter) {
  const std::vector<ReporterFacts> known = world.reporters();
  return std::ranges::any_of(known, [&](const ReporterFacts& one) { return one.name == reporter; });
}

Done no_reporter(const std::string& name) {
  return {404, "There is no reporter '" + name + "'."};
}

Done refused(store::Ledger& ledger, std::int64_t id, const std::string& why) {
  return {ledger.delivery(id) ? 409 : 404, why};
}

using Ids = std::vector<std::int64_t>;

// Those that the filter has, newest first. A page at a time, so that others are answered between.
asio::awaitable<Result<Ids>> matching(const World& world, store::LedgerFilter filter) {
  Ids ids;
  filter.limit = most_of_page;
  std::optional<std::int64_t> before = newest_first;
  while (before && ids.size() <= most_at_once) {
    const auto next = co_await world.archive.ask(
        [&](store::Ledger& ledger) { return view::add_page(ledger, filter, *before, ids); });
    if (!next) co_return failed(next.error());
    before = *next;
  }
  co_return ids;
}

// Which deliveries are meant; a Done that says why none is.
asio::awaitable<tl::expected<Ids, Done>> meant(const World& world, const Many& many) {
  Ids ids = many.ids;
  if (many.by_filter) {
    auto found = co_await matching(world, many.filter);
    if (!found) co_return tl::unexpected(unavailable(found.error()));
    ids = std::move(*found);
    const bool newer = !ids.empty() && *std::ranges::max_element(ids) > many.up_to;
    if (newer || ids.size() != many.expected) {
      co_return tl::unexpected(Done{409, "There are " + std::to_string(ids.size()) + " by now, and " +
                                             std::to_string(many.expected) + " were seen: look again."});
    }
  }
  if (ids.size() > most_at_once)
    co_return tl::unexpected(Done{400, "At most " + std::to_string(most_at_once) + " at once."});
  std::set<std::int64_t> seen;
  std::erase_if(ids, [&](std::int64_t id) { return !seen.insert(id).second; });
  co_return ids;
}

struct Outcome {
  std::size_t changed = 0;
  json::array refused;
};

std::string in_words(What what, std::size_t changed) {
  return counted(changed, "report") + (changed == 1 ? " is " : " are ") +
         (what == What::resend ? "due now" : "dropped");
}

}  // namespace

Counted counted_by(store::Ledger& ledger, store::LedgerFilter filter) {
  filter.limit = most_of_page;
  const Ids ids = view::matching(ledger, filter);
  const auto newest = std::ranges::max_element(ids);
  return {ids.size(), newest == ids.end() ? 0 : *newest};
}

std::string by(const access::Caller& caller, std::string_view reason) {
  return who_of(caller) + (reason.empty() ? "" : ": " + std::string(reason));
}

Done due_again(store::Ledger& ledger, RowId id, Millis now) {
  const std::string delivery = "Delivery " + std::to_string(id);
  const auto row = ledger.delivery(id);
  const auto pause = row ? ledger.pause_of(row->reporter, now) : std::nullopt;
  if (!pause) return {200, delivery + " is due now.", {{"id", id}}};
  return {200,
          delivery + " is sent again at " + iso(pause->until) + ": " + row->reporter +
              " is paused until then, " + pause->why + ".",
          {{"id", id}, {"paused_until", pause->until}}};
}

asio::awaitable<Done> resend(const World& world, const access::Caller& caller, std::int64_t id,
                             const std::string& reason) {
  if (const auto odd = rule::wrong_reason("reason", reason); !odd.empty()) co_return Done{400, odd};
  const Millis now = world.clock.now();
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    if (const std::string why_not = ledger.resend(id, now, by(caller, reason)); !why_not.empty())
      return refused(ledger, id, why_not);
    ledger.note(deed_of(world, caller, "resend", "delivery " + std::to_string(id), reason));
    return due_again(ledger, id, now);
  });
}

asio::awaitable<Done> drop(const World& world, const access::Caller& caller, std::int64_t id,
                           const std::string& reason) {
  if (const auto odd = rule::wrong_reason("reason", reason); !odd.empty()) co_return Done{400, odd};
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
  if (const auto odd = rule::wrong_reason("reason", reason); !odd.empty()) co_return Done{400, odd};
  const auto ids = co_await meant(world, many);
  if (!ids) co_return ids.error();
  const Millis now = world.clock.now();
  const auto why_not = [&](store::Ledger& ledger, std::int64_t id) -> std::string {
    if (many.filter.state) {
      // It is one of those that were seen, but they were looked at some time ago.
      const auto row = ledger.delivery(id);
      if (row && row->state != *many.filter.state)
        return "delivery " + std::to_string(id) + " is " + std::string(name(row->state)) + " by now";
    }
    return what == What::resend ? ledger.resend(id, now, by(caller, reason))
                                : ledger.drop(id, now, by(caller, reason));
  };
  Outcome all;
  for (std::size_t first = 0; first < ids->size(); first += view::most_in_one) {
    const auto block = std::span(*ids).subspan(first, std::min(view::most_in_one, ids->size() - first));
    auto done = co_await world.archive.change([&](store::Ledger& ledger) {
      Outcome of_block;
      for (const std::int64_t id : block) {
        std::string why = why_not(ledger, id);
        if (why.empty()) {
          ++of_block.changed;
        } else {
          of_block.refused.push_back(json::object{{"id", id}, {"why", std::move(why)}});
        }
      }
      if (of_block.changed > 0) {
        const char* verb = what == What::resend ? "resend" : "drop";
        ledger.note(deed_of(world, caller, verb, counted(of_block.changed, "report"), reason));
      }
      return of_block;
    });
    if (!done) {
      const std::string before =
          all.changed > 0 ? in_words(what, all.changed) + ", and no more of them: " : "";
      co_return Done{503, before + done.error().what};
    }
    all.changed += done->changed;
    std::ranges::move(done->refused, std::back_inserter(all.refused));
    co_await world.changed();
  }
  const std::size_t left = all.refused.size();
  const std::string rest = left == 0 ? ""
                                     : " " + std::to_string(left) +
                                           (left == 1 ? " was left as it is." : " were left as they are.");
  co_return Done{200,
                 in_words(what, all.changed) + "." + rest,
                 {{"changed", all.changed}, {"refused", std::move(all.refused)}}};
}

asio::awaitable<Done> hold(const World& world, const access::Caller& caller, const std::string& reporter,
                           Millis until, const std::string& reason) {
  const Millis now = world.clock.now();
  if (const auto may = view::may_hold(until, reason, now, "reason"); !may)
    co_return Done{400, may.error().what};
  if (!is_known(world, reporter)) co_return no_reporter(reporter);
  co_return co_await change(world, [&](store::Ledger& ledger) -> Done {
    ledger.hold({reporter, until, reason, who_of(caller)});
    ledger.note(deed_of(world, caller, "pause", "reporter " + reporter + " until " + iso(until), reason));
    return {
        200, reporter + " is paused until " + iso(until) + ".", {{"reporter", reporter}, {"until", until}}};
  });
}

asio::awaitable<Done> release(const World& world, const access::Caller& caller, const std::string& reporter,
                              const std::string& reason) {
  if (const auto odd = rule::wrong_reason("reason", reason); !odd.empty()) co_return Done{400, odd};
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
  if (!is_known(world, reporter)) co_return no_reporter(reporter);
  if (const Done asked = co_await noted(world, caller, "test-send", "reporter " + reporter);
      asked.status != 200)
    co_return asked;
  json::object told = co_await world.test_send(reporter);
  if (const auto error = string_at(told, "error")) {
    const bool known = told.contains("known");
    co_return Done{known ? 409 : 404, std::string(*error)};
  }
  const json::array* outcomes = array_at(told, "outcomes");
  const bool arrived = outcomes == nullptr || std::ranges::none_of(*outcomes, [](const json::value& one) {
                         return one.is_object() && text_at(one.get_object(), "outcome") == "failed";
                       });
  Done done{200,
            arrived ? "Sent; what was answered stands below."
                    : "Not all of it arrived; what was answered stands below.",
            std::move(told)};
  done.in_vain = !arrived;
  co_return done;
}

asio::awaitable<Done> reload(const World& world, const access::Caller& caller) {
  if (const Done asked = co_await noted(world, caller, "reload", "configuration"); asked.status != 200)
    co_return asked;
  json::object told = co_await world.reload();
  if (const auto error = string_at(told, "error"))
    co_return Done{409, "Not reloaded: " + std::string(*error)};
  co_return Done{200, "The configuration was read again.", std::move(told)};
}

}  // namespace carillon::dashboard
