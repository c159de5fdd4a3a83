// The channels that we want to be in. Pure: time is passed in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "reporter/irc/irc_names.hpp"

namespace carillon::reporter::irc {

class Rooms {
 public:
  // To a JOIN.
  static constexpr Millis answer_time = 60'000;
  // After a kick; doubles with every further one.
  static constexpr Millis first_rejoin = 3'000;
  // After a refusal; likewise.
  static constexpr Millis first_retry = 30'000;
  static constexpr Millis longest_wait = 600'000;
  // So long in the channel, and earlier troubles are forgotten.
  static constexpr Millis calm = 600'000;

  // `id`: the folded name. Wanted from now on, with that key (may be empty). Asked for at once.
  void want(const std::string& id, std::string name, std::string key, Millis now);
  void forget(const std::string& id);

  // The server compares names in another way than was assumed.
  void refold(const Support& support);

  // The connection is lost, or a new one: we are in none of them, and all are to be asked for.
  void reset(Millis now);

  // The lines that ask for what is due, with CR LF; `most` channels in a line.
  std::vector<std::string> ask(Millis now, std::size_t most);
  std::optional<Millis> next_at() const;

  // What the server says. Names of channels that are not wanted do nothing.
  void entered(const std::string& id, Millis now);
  // Kicked, or parted by force.
  void left(const std::string& id, std::string why, Millis now);
  void refused(const std::string& id, std::string why, Millis now);

  bool wanted(const std::string& id) const { return rooms_.contains(id); }
  bool inside(const std::string& id) const;
  // Whether an answer to a JOIN is awaited, or the first JOIN is still to be said.
  bool entering(const std::string& id) const;
  // Why we are not inside; empty: not known.
  std::string trouble(const std::string& id) const;

 private:
  struct Room {
    std::string name;
    std::string key;
    enum class State { out, asked, inside } state = State::out;
    // out: when to ask; asked: until when to wait; inside: since when.
    Millis at = 0;
    int troubles = 0;
    std::string why;
  };
  static void wait(Room& room, Millis first, std::string why, Millis now);
  std::map<std::string, Room> rooms_;
};

}  // namespace carillon::reporter::irc
