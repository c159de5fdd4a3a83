// One finished message to one target, and what may become of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace carillon {

// The numbers are those in the database.
enum class DeliveryState {
  waiting = 0,
  delivered = 1,
  dead = 2,        // given up
  superseded = 3,  // a later state of the same thing was reported
  dropped = 4,     // by a person
  skipped = 5,     // there was nothing to send; the note says why
};

inline constexpr std::array all_delivery_states{DeliveryState::waiting, DeliveryState::delivered,
                                                DeliveryState::dead,    DeliveryState::superseded,
                                                DeliveryState::dropped, DeliveryState::skipped};

// "waiting", "delivered", ...
std::string_view name(DeliveryState state);
std::optional<DeliveryState> delivery_state_from(std::string_view word);

// What happens to a delivery once it is stored.
enum class DeliveryStep {
  attempt,    // an attempt has ended: delivered, to be tried again (waiting), or dead
  supersede,  // a later state of the same thing is stored
  drop,       // a person does not want it
  resend,     // a person wants it sent (again)
};

// The states in which a step takes effect. An attempt that was under way while its delivery was superseded or
// dropped says something only where it arrived after all. This is the one table of it: the SQL of the store
// is made of it, too.
std::span<const DeliveryState> states_before(DeliveryStep step, DeliveryState after);
bool may_become(DeliveryState before, DeliveryStep step, DeliveryState after);

// Whether it is not settled yet, or may still be wanted: what it needs is kept.
inline constexpr std::array undelivered_states{DeliveryState::waiting, DeliveryState::dead};
// Whether a state of rank N that stands so says that ranks below N are out of date.
inline constexpr std::array states_that_count{DeliveryState::waiting, DeliveryState::delivered,
                                              DeliveryState::dead, DeliveryState::superseded};

// Whether a person who resends an older state would undo it.
inline constexpr std::array states_in_force{DeliveryState::waiting, DeliveryState::delivered};

// A file that stands in a delivery's payload in place of its content (a long log).
struct PayloadFile {
  // Of the file in the spool.
  std::string name;
  // Bytes.
  std::uint64_t size = 0;
  // Bytes within a JSON string.
  std::uint64_t escaped = 0;
  // Where in the payload its content belongs.
  std::uint64_t at = 0;
  // Bytes to send at most, head and tail; 0: all.
  std::uint64_t most = 0;
  // For the operator: "compile.stdio".
  std::string label;
  friend bool operator==(const PayloadFile&, const PayloadFile&) = default;
};

// The payload is the same at every attempt.
struct Delivery {
  // Unique within the reporter: the same key is sent once. Derive it from the event's id.
  std::string key;
  // Deliveries of one lane go out one after the other, in the order they were composed.
  std::string lane;
  // Empty, or what this is the state of: a later one supersedes an undelivered earlier one.
  std::string status;
  // Order of the states of one status; a state of lower rank than one already known is never sent.
  std::int64_t rank = 0;
  // For the operator: where it goes ("dev@example.org", "http://host/path"); no secret.
  std::string target;
  // For the operator: one line ("mail: build #7 of linux failed").
  std::string summary;
  // For the operator: what was worked around while wording it; may be empty.
  std::string note;
  // Whatever send() needs; kept in the ledger, so no secret.
  std::string payload;
  // That belong into the payload, by where; kept until it is settled.
  std::vector<PayloadFile> files;
  // Nothing is to be sent; the ledger keeps the row, and `note` says why.
  bool skip = false;
  // The number of the silence that holds it back, all of it or for some who are told; 0: none. Set by the
  // pipeline before it is stored.
  std::int64_t silence = 0;
  // Names of the parts (mail: recipients) that earlier attempts settled. Set by the pipeline before send().
  std::vector<std::string> settled;
  // An earlier attempt may have arrived without our learning of it (a time-out, a crash). Set by the pipeline
  // before send(). Look first where sending twice shows.
  bool maybe_sent = false;
};

}  // namespace carillon
