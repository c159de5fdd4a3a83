#include "store/states.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace carillon::store {
namespace {

std::string number_of(DeliveryState state) {
  return std::to_string(static_cast<int>(state));
}

std::string set_of(std::span<const DeliveryState> states) {
  unsigned set = 0;
  for (const DeliveryState state : states)
    set |= 1U << static_cast<unsigned>(state);
  return std::to_string(set);
}

std::string settled_states() {
  std::vector<DeliveryState> states;
  std::ranges::copy_if(all_delivery_states, std::back_inserter(states), [](DeliveryState state) {
    return std::ranges::find(undelivered_states, state) == undelivered_states.end();
  });
  return set_of(states);
}

std::string meaning_of(std::string_view name) {
  if (const auto state = delivery_state_from(name)) return number_of(*state);
  if (name == "undelivered") return set_of(undelivered_states);
  if (name == "settled") return settled_states();
  if (name == "counting") return set_of(states_that_count);
  if (name == "in_force") return set_of(states_in_force);
  if (name == "before_supersede")
    return set_of(states_before(DeliveryStep::supersede, DeliveryState::superseded));
  if (name == "before_drop") return set_of(states_before(DeliveryStep::drop, DeliveryState::dropped));
  if (name == "before_arrival") return set_of(states_before(DeliveryStep::attempt, DeliveryState::delivered));
  if (name == "before_retry") return set_of(states_before(DeliveryStep::attempt, DeliveryState::waiting));
  if (name == "before_death") return set_of(states_before(DeliveryStep::attempt, DeliveryState::dead));
  throw std::logic_error("no state is called " + std::string(name));
}

}  // namespace

std::string with_states(std::string_view sql) {
  std::string out;
  while (true) {
    const auto open = sql.find('{');
    out += sql.substr(0, open);
    if (open == std::string_view::npos) return out;
    sql.remove_prefix(open + 1);
    const auto close = sql.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
    if (close == 0 || close == std::string_view::npos || sql[close] != '}') {  // JSON
      out += '{';
      continue;
    }
    out += meaning_of(sql.substr(0, close));
    sql.remove_prefix(close + 1);
  }
}

}  // namespace carillon::store
