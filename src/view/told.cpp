#include "view/told.hpp"

#include <algorithm>

#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::view {
namespace {

// Whom a reporter tells of an event, and whom it cannot tell.
std::string others_of(const EventStory& story, const std::string& reporter) {
  std::string others;
  for (const DeliveryStory& delivery : story.deliveries) {
    if (delivery.row.reporter != reporter) continue;
    others += (others.empty() ? "" : "; ") + delivery.row.target;
    if (!delivery.row.note.empty()) others += " (" + delivery.row.note + ")";
  }
  return others.empty() ? "reports it, to nobody (yet)" : "reports it to others: " + others;
}

std::vector<Untold> untold_of(const EventStory& story) {
  std::vector<Untold> untold;
  const store::LedgerEvent& entry = story.event;
  if (entry.decisions.empty() && !entry.event.untold.empty())
    untold.push_back({&story, "", entry.event.untold});
  for (const ReporterDecision& decision : entry.decisions) {
    const bool reported = decision.decision.outcome == Decision::Outcome::report;
    untold.push_back({&story, decision.reporter,
                      reported ? others_of(story, decision.reporter) : decision.decision.reason});
  }
  return untold;
}

// Of what a person types or pastes: "mailto:alice@example.org", "Alice <alice@example.org>".
std::string_view recipient_in(std::string_view typed) {
  constexpr std::string_view scheme = "mailto:";
  typed = trim(typed);
  const auto open = typed.rfind('<');
  if (open != std::string_view::npos && typed.ends_with('>'))
    typed = trim(typed.substr(open + 1, typed.size() - open - 2));
  return typed.starts_with(scheme) ? typed.substr(scheme.size()) : typed;
}

}  // namespace

std::optional<DeliveryState> state_for(const store::LedgerRow& row, std::string_view who) {
  for (const std::string& part : row.settled) {
    if (same_letters(part, who)) return DeliveryState::delivered;
    if (part.starts_with('!') && same_letters(std::string_view(part).substr(1), who))
      return DeliveryState::dead;
  }
  return is_to(row, who) ? std::optional(row.state) : std::nullopt;
}

bool Told::is_told() const {
  return std::ranges::any_of(by, [](const ToldBy& one) { return one.state == DeliveryState::delivered; });
}

Told told_to(const std::vector<EventStory>& stories, const std::string& typed) {
  const std::string who(recipient_in(typed));
  Told told{who, {}, {}};
  for (const EventStory& story : stories) {
    for (const DeliveryStory& delivery : story.deliveries) {
      if (const auto state = state_for(delivery.row, who)) told.by.push_back({&delivery, &story, *state});
    }
  }
  if (!told.by.empty()) return told;
  for (const EventStory& story : stories)
    std::ranges::move(untold_of(story), std::back_inserter(told.untold));
  return told;
}

json::object to_json(const Told& told) {
  json::array by;
  for (const ToldBy& one : told.by) {
    json::object delivery = to_json(*one.delivery);
    delivery["state_for_address"] = name(one.state);
    by.push_back(std::move(delivery));
  }
  json::array reasons;
  for (const Untold& one : told.untold) {
    reasons.push_back(
        json::object{{"event", title_of(one.event->event)},
                     {"reporter", one.reporter.empty() ? json::value(nullptr) : json::value(one.reporter)},
                     {"reason", one.why}});
  }
  return {{"address", told.who},
          {"was_told", told.is_told()},
          {"told", std::move(by)},
          {"reasons", std::move(reasons)}};
}

}  // namespace carillon::view
