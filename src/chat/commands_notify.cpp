// notify
#include <algorithm>
#include <array>
#include <cctype>

#include "base/letters.hpp"
#include "chat/command.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view notify_usage = "notify on|off|list [EVENT...]";

std::string capitalized(std::string word) {
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

void say_events(Call& call) {
  const Events events = call.core.subscriptions->of(call.place().id);
  if (!call.keyboards()) {
    std::string list;
    for (const std::string& event : events)
      list += (list.empty() ? "" : ", ") + event;
    call.say(list.empty() ? "No events are being notified."
                          : "The following events are being notified: " + list + ".");
    return;
  }
  if (events.empty()) {
    call.say("\xf0\x9f\x94\x95 No events are being notified.");
    return;
  }
  Text text("The following events are being notified:");
  for (const std::string& event : events)
    text.plain("\n\xf0\x9f\x94\x94 ").bold(event);
  call.say(std::move(text));
}

// The events that a word names: "Started,finished" in any case; the old names are as they are written.
std::vector<std::string> events_in(std::string_view word) {
  std::vector<std::string> events;
  while (!word.empty()) {
    const std::string_view one = word.substr(0, word.find(','));
    word.remove_prefix(std::min(one.size() + 1, word.size()));
    if (one.empty()) continue;
    std::string small = lower(one);
    events.push_back(is_event(small) ? std::move(small) : std::string(one));
  }
  return events;
}

// A button for each event; its pressing turns it over.
Keyboard keyboard_of(const Call& call) {
  const Events events = call.core.subscriptions->of(call.place().id);
  Keyboard keyboard;
  for (const std::string& event : offered_events()) {
    const bool on = events.contains(event);
    Button button = call.button(capitalized(event) + (on ? " \xf0\x9f\x94\x94" : " \xf0\x9f\x94\x95"),
                                std::string("notify ") + (on ? "off" : "on") + "-quiet " + event);
    if (keyboard.empty() || keyboard.back().size() == 2) keyboard.emplace_back();
    keyboard.back().push_back(std::move(button));
  }
  keyboard.push_back({call.button("Hide...", "notify list")});
  return keyboard;
}

// Whether the person may; otherwise told why not.
asio::awaitable<bool> may_change(Call& call) {
  std::vector<std::string_view> names = {"notify"};
  const auto may = co_await may_change_place(call, std::move(names));
  if (may && *may) co_return true;
  call.reply(
      may ? "Only channel operators, and those that authz names, can change what I report here; and you, " +
                call.person().name + ", are neither!"
          : may.error().what);
  co_return false;
}

}  // namespace

asio::awaitable<void> run_notify(Call& call) {
  if (call.words.empty()) {
    if (!call.keyboards()) {
      call.usage(notify_usage);
      co_return;
    }
    call.say(Text("Here are available notifications and their current state. Click to turn them on/off."),
             keyboard_of(call));
    co_return;
  }
  const std::string action = lower(call.words.front());
  if (action == "list") {
    call.drop();
    say_events(call);
    co_return;
  }
  const bool on = action == "on" || action == "on-quiet";
  const bool off = action == "off" || action == "off-quiet";
  if (!on && !off) {
    call.usage(notify_usage);
    co_return;
  }
  Events events;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    for (const std::string& event : events_in(call.words[i])) {
      if (!is_event(event)) {
        std::string known;
        for (const std::string& offered : offered_events())
          known += (known.empty() ? "" : ", ") + offered;
        call.say("Try '" + call.prefix() + "notify on|off EVENT'. '" + line_of(event) +
                 "' is not an event; there are " + known + ".");
        co_return;
      }
      events.insert(event);
    }
  }
  const bool allowed = co_await may_change(call);
  if (!allowed) co_return;
  Subscriptions& subscriptions = *call.core.subscriptions;
  if (on) {
    if (events.empty()) events = {"started", "finished"};
    subscriptions.switch_on(call.place().id, events);
  } else if (events.empty()) {
    subscriptions.switch_all_off(call.place().id);
  } else {
    subscriptions.switch_off(call.place().id, events);
  }
  const bool quiet = action.ends_with("-quiet");
  if (!quiet) say_events(call);
  if (quiet || call.message.from_button) call.edit_keyboard(keyboard_of(call));
  co_await call.keep_subscriptions();
}

}  // namespace carillon::chat
