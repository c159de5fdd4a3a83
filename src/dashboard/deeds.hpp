// What people may do, by a form or by the API: one way for both, and each deed in the audit log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dashboard/pages.hpp"
#include "view/hold.hpp"
#include "view/many.hpp"

namespace carillon::dashboard {

// What came of a deed.
struct Done {
  // HTTP: 200, or why not (404, 409 ...).
  int status = 200;
  // A sentence for people: "delivery 7 is due now", or why it was not done.
  std::string words;
  // For programs; empty where it was not done.
  json::object more = {};
  // It was done, and did not come to what was wanted.
  bool in_vain = false;
};

using view::until_of;

// Who does it, for the ledger: "alice: the disk was full".
std::string by(const access::Caller& caller, std::string_view reason);

// A reason is one line (rule/said_why.hpp); else 400.

// Makes the delivery due now, or never to be sent.
asio::awaitable<Done> resend(const World& world, const access::Caller& caller, std::int64_t id,
                             const std::string& reason);
asio::awaitable<Done> drop(const World& world, const access::Caller& caller, std::int64_t id,
                           const std::string& reason);

// Several, as they were shown: these, or all of a filter as long as there are no more than were seen.
struct Many {
  std::vector<std::int64_t> ids;
  store::LedgerFilter filter;
  // How many the filter had, and the newest of them.
  std::size_t expected = 0;
  std::int64_t up_to = 0;
  bool by_filter = false;
};
enum class What { resend, drop };
// What a filter has now, as do_many() counts it: to be shown before it is done.
struct Counted {
  std::size_t count = 0;
  std::int64_t newest = 0;
};
Counted counted_by(store::Ledger& ledger, store::LedgerFilter filter);
using view::most_at_once;

// In blocks, each one transaction with its line in the log. 409 where the filter has others by now; 503: the
// words say how many were changed before. more: `changed`, and `refused` with why.
asio::awaitable<Done> do_many(const World& world, const access::Caller& caller, What what, const Many& many,
                              const std::string& reason);

// Nothing of the reporter is sent until then. 400: later than in two days.
asio::awaitable<Done> hold(const World& world, const access::Caller& caller, const std::string& reporter,
                           Millis until, const std::string& reason);
// Ends that, and a pause that its target asked for.
asio::awaitable<Done> release(const World& world, const access::Caller& caller, const std::string& reporter,
                              const std::string& reason);

// Sends one made-up report, once and now; it is noted before. more: `outcomes`.
asio::awaitable<Done> test_send(const World& world, const access::Caller& caller,
                                const std::string& reporter);
// Reads the configuration again; that it was asked for is noted before. 409: it was refused.
asio::awaitable<Done> reload(const World& world, const access::Caller& caller);

// Past reports again (replays.hpp). more: `id`. at_once: a reason is needed, and it is ordered once it is
// counted.
asio::awaitable<Done> begin_replay(const World& world, const access::Caller& caller, ReplayWish wish,
                                   bool at_once, const std::string& reason);
// Orders what was counted, or the rest; a reason is needed.
asio::awaitable<Done> go_on_with_replay(const World& world, const access::Caller& caller, std::int64_t id,
                                        const std::string& reason);
asio::awaitable<Done> stop_replay(const World& world, const access::Caller& caller, std::int64_t id,
                                  const std::string& reason);

// The forms for whoever may use them; empty for others. ticked_form: of rows with boxes; it leads to all that
// match, too.
Html ticked_form(const World& world, const Asked& asked, const Html& rows);
Html delivery_forms(const World& world, const Asked& asked, const store::LedgerRow& row);
Html reporter_forms(const World& world, const Asked& asked, const std::string& name, bool paused);

}  // namespace carillon::dashboard
