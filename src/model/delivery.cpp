#include "model/delivery.hpp"

#include <algorithm>

namespace carillon {
namespace {

using enum DeliveryState;

constexpr std::array only_waiting{waiting};
constexpr std::array arrived_after_all{waiting, superseded, dropped};
constexpr std::array sendable{waiting, delivered, dead, superseded, dropped};

}  // namespace

std::string_view name(DeliveryState state) {
  switch (state) {
    case waiting:
      return "waiting";
    case delivered:
      return "delivered";
    case dead:
      return "dead";
    case superseded:
      return "superseded";
    case dropped:
      return "dropped";
    case skipped:
      return "skipped";
  }
  return "unknown";
}

std::optional<DeliveryState> delivery_state_from(std::string_view word) {
  for (const DeliveryState state : all_delivery_states) {
    if (name(state) == word) return state;
  }
  return std::nullopt;
}

std::span<const DeliveryState> states_before(DeliveryStep step, DeliveryState after) {
  switch (step) {
    case DeliveryStep::attempt:
      if (after == delivered) return arrived_after_all;
      if (after == waiting || after == dead) return only_waiting;
      return {};
    case DeliveryStep::supersede:
      if (after == superseded) return only_waiting;
      return {};
    case DeliveryStep::drop:
      if (after == dropped) return undelivered_states;
      return {};
    case DeliveryStep::resend:
      if (after == waiting) return sendable;
      return {};
  }
  return {};
}

bool may_become(DeliveryState before, DeliveryStep step, DeliveryState after) {
  return std::ranges::find(states_before(step, after), before) != states_before(step, after).end();
}

}  // namespace carillon
