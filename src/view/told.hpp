// "Was I told?" of a build: one answer for the command line, the pages and the API. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "view/story.hpp"

namespace carillon::view {

// How a delivery is for one address: one of several recipients may have it while others are refused or wait.
// nullopt: it does not go there.
std::optional<DeliveryState> state_for(const store::LedgerRow& row, std::string_view who);

// Something that goes to the address.
struct ToldBy {
  const DeliveryStory* delivery;
  const EventStory* event;
  // For this address.
  DeliveryState state;
};

// Why a reporter did not tell it of an event.
struct Untold {
  const EventStory* event;
  // Empty: nobody is told of the event.
  std::string reporter;
  std::string why;
};

struct Told {
  std::string who;
  std::vector<ToldBy> by;
  // Where nothing goes to the address: what each reporter says of it, by event.
  std::vector<Untold> untold;

  // It has arrived.
  bool is_told() const;
};

// Points into the stories. who: also as it stands in a mail, "Alice <alice@example.org>", or a link.
Told told_to(const std::vector<EventStory>& stories, const std::string& who);
Told told_to(std::vector<EventStory>&& stories, const std::string& who) = delete;

// As `--json` and the API show it.
json::object to_json(const Told& told);

}  // namespace carillon::view
