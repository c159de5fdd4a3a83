// Deliveries that could not be taken, kept for a day: for people who set up a hook (`carillon intake`).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "source/link_state.hpp"
#include "store/key_value.hpp"

namespace carillon::source::hook {

// "intake NAME": whose they are in the store.
std::string refusals_owner(const std::string& source);
inline constexpr std::string_view refusal_prefix = "refused ";

struct Refusal {
  // When it was refused last, and how often that happened.
  Millis at = 0;
  std::int64_t times = 0;
  // The HTTP status.
  std::int64_t status = 0;
  // The event's name, as far as the sender said it; why it was refused.
  std::string kind;
  std::string why;
  // The beginning of it, without secrets; "" where the sender was not known.
  std::string body;
};

json::value to_json(const Refusal& refusal);
Refusal refusal_of(const json::value& kept);

class Refusals {
 public:
  // memory: null where nothing is kept; then nothing is redacted either.
  Refusals(const std::string& source, std::function<store::KeyValue*()> memory,
           std::function<std::string(std::string_view)> redact);

  // Is to be kept, one for each kind and reason: the latest, with the count of all.
  void add(Refusal refusal);
  // Keeps what was added. Failure: the store's; it is to be tried again.
  Task<void> write();
  // Forgets those that are older than a day.
  Task<void> tidy(Millis now);

  // The one that was added last; nullopt: none yet.
  const std::optional<Refused>& last() const { return last_; }

 private:
  Task<void> keep(Refusal refusal);

  std::string owner_;
  // By the key in the store.
  std::map<std::string, Refusal> added_;
  std::optional<Refused> last_;
  // One count after the other.
  Gate turns_{1};
  std::function<store::KeyValue*()> memory_;
  std::function<std::string(std::string_view)> redact_;
};

}  // namespace carillon::source::hook
