#include "reporter/telegram/telegram_buttons.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr Millis day = Millis{24} * 3600 * 1000;
constexpr Millis kept_for = 60 * day;
constexpr std::string_view prefix = "button/";

struct Kept {
  std::string command;
  Millis at = 0;
};

std::optional<Kept> kept_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto command = string_at(*object, "command");
  if (!command) return std::nullopt;
  return Kept{std::string(*command), integer_at(*object, "at").value_or(0)};
}

}  // namespace

Task<std::string> Buttons::data_for(std::string command) {
  // What begins with '#' would be taken for a kept one, and an empty one is refused.
  if (command.size() <= max_callback_data && !command.empty() && command.front() != '#') co_return command;
  const std::string hash = short_hash(command);
  // Different commands with one hash are rare, but somebody can look for them.
  for (int number = 0;; ++number) {
    const std::string name = number == 0 ? hash : hash + "." + std::to_string(number);
    const std::string key = std::string(prefix) + name;
    const auto found = co_await memory_.recall(key);
    if (!found) co_return failed(found);
    const auto kept = kept_of(*found);
    if (kept && kept->command != command) continue;
    if (!kept || kept->at < clock_.now() - day) {
      json::value value = json::object{{"command", command}, {"at", clock_.now()}};
      const auto done = co_await memory_.keep(key, std::move(value));
      if (!done) co_return failed(done);
    }
    co_return "#" + name;
  }
}

Task<std::optional<std::string>> Buttons::command_of(std::string data) const {
  if (!data.starts_with('#')) {
    if (data.empty()) co_return std::nullopt;
    co_return data;
  }
  const auto found = co_await memory_.recall(std::string(prefix) + data.substr(1));
  if (!found) co_return failed(found);
  auto kept = kept_of(*found);
  if (!kept) co_return std::nullopt;
  co_return std::move(kept->command);
}

Task<void> Buttons::tidy() {
  co_return co_await memory_.forget(std::string(prefix), clock_.now() - kept_for);
}

}  // namespace carillon::reporter::telegram
