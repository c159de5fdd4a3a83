#include "reporter/irc/irc_rooms.hpp"

#include <algorithm>
#include <utility>

#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr int most_doublings = 10;
constexpr std::size_t longest_list =
    max_line - 10;  // octets of names and keys: with "JOIN", blanks and CR LF

}  // namespace

void Rooms::want(const std::string& id, std::string name, std::string key, Millis now) {
  Room& room = rooms_[id];
  room.name = std::move(name);
  room.key = std::move(key);
  if (room.state != Room::State::out) return;
  room.at = now;
  room.troubles = 0;
}

void Rooms::forget(const std::string& id) {
  rooms_.erase(id);
}

void Rooms::refold(const Support& support) {
  std::map<std::string, Room> refolded;
  for (auto& [id, room] : rooms_) {
    std::string folded = support.folded(room.name);
    refolded.emplace(std::move(folded), std::move(room));
  }
  rooms_ = std::move(refolded);
}

void Rooms::reset(Millis now) {
  for (auto& [id, room] : rooms_) {
    room.state = Room::State::out;
    room.at = now;
    room.troubles = 0;
    room.why.clear();
  }
}

std::vector<std::string> Rooms::ask(Millis now, std::size_t most) {
  std::vector<const Room*> due;  // those with keys first: keys belong to the first channels of a line
  for (const bool with_key : {true, false}) {
    for (auto& [id, room] : rooms_) {
      if (room.state == Room::State::inside || room.at > now || room.key.empty() == with_key) continue;
      room.state = Room::State::asked;
      room.at = now + answer_time;
      due.push_back(&room);
    }
  }
  std::vector<std::string> lines;
  std::string names;
  std::string keys;
  std::size_t count = 0;
  const auto say = [&] {
    if (count == 0) return;
    std::vector<std::string> params{std::exchange(names, {})};
    if (!keys.empty()) params.push_back(std::exchange(keys, {}));
    lines.push_back(format("JOIN", std::move(params)));
    count = 0;
  };
  for (const Room* room : due) {
    const std::size_t grown = names.size() + keys.size() + room->name.size() + room->key.size() + 2;
    if (count == most || grown > longest_list) say();
    names += (count > 0 ? "," : "") + room->name;
    if (!room->key.empty()) keys += (count > 0 ? "," : "") + room->key;
    ++count;
  }
  say();
  return lines;
}

std::optional<Millis> Rooms::next_at() const {
  std::optional<Millis> earliest;
  for (const auto& [id, room] : rooms_) {
    if (room.state == Room::State::inside) continue;
    earliest = std::min(earliest.value_or(room.at), room.at);
  }
  return earliest;
}

void Rooms::entered(const std::string& id, Millis now) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  found->second.state = Room::State::inside;
  found->second.at = now;
  found->second.why.clear();
}

void Rooms::left(const std::string& id, std::string why, Millis now) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  if (found->second.state == Room::State::inside && now - found->second.at >= calm)
    found->second.troubles = 0;
  wait(found->second, first_rejoin, std::move(why), now);
}

void Rooms::refused(const std::string& id, std::string why, Millis now) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end() || found->second.state == Room::State::inside) return;
  wait(found->second, first_retry, std::move(why), now);
}

void Rooms::wait(Room& room, Millis first, std::string why, Millis now) {
  room.state = Room::State::out;
  room.at = now + std::min(longest_wait, first << std::min(room.troubles, most_doublings));
  ++room.troubles;
  room.why = std::move(why);
}

bool Rooms::inside(const std::string& id) const {
  const auto found = rooms_.find(id);
  return found != rooms_.end() && found->second.state == Room::State::inside;
}

bool Rooms::entering(const std::string& id) const {
  const auto found = rooms_.find(id);
  if (found == rooms_.end() || found->second.state == Room::State::inside) return false;
  return found->second.state == Room::State::asked || found->second.troubles == 0;
}

std::string Rooms::trouble(const std::string& id) const {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? "" : found->second.why;
}

}  // namespace carillon::reporter::irc
