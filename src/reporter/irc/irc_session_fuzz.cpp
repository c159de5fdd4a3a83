// A hostile server: whatever it says, what is said to it are whole lines of at most 512 octets, and what is
// told of it are single lines without control characters.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/irc/irc_session.hpp"

namespace {

using namespace carillon::reporter::irc;

void check_output(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos || end + 2 > max_line || end == 0) std::abort();
    const std::string_view line = text.substr(0, end);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    text.remove_prefix(end + 2);
  }
}

void check_shown(const std::string& text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
  if (!plain || text.size() > 2000 || text.find("s3cret") != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] % 64 + 1U;
  const carillon::Millis step = carillon::Millis{data[1]} * 200;
  std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (input.find("s3cret") != std::string_view::npos) return 0;  // then the server said it
  carillon::Millis now = 1'000'000;
  const Identity identity{"bot", "carillon", "Carillon", carillon::Secret("s3cret")};
  Rooms rooms;
  rooms.want("#a", "#A", "key", now);
  Session session(identity, rooms, Outbox::first_gap, now);
  if ((data[1] & 1) != 0)
    session.received(":irc 001 bot :Welcome\r\n:irc 376 bot :End\r\n:bot!u@h JOIN #a\r\n", now);
  bool over = false;
  while (!over) {
    session.say(Outbox::Rank::answer, "PRIVMSG", "#a", {"hello"});
    session.ask_account("ann");
    session.received(input.substr(0, piece), now);
    input.remove_prefix(std::min(piece, input.size()));
    session.tick(now);
    check_output(session.output(now));
    check_output(session.quit("bye"));
    if (session.wake_at(now) < 0 || session.room("PRIVMSG", "#a") > max_line) std::abort();
    for (const carillon::reporter::irc::Event& event : session.take_events()) {
      if (const auto* left = std::get_if<Left>(&event)) check_shown(left->why);
      if (const auto* refused = std::get_if<JoinRefused>(&event)) check_shown(refused->why);
      if (const auto* noted = std::get_if<Noted>(&event)) check_shown(noted->text);
      if (const auto* done = std::get_if<Outbox::Done>(&event)) check_shown(done->refusal);
      if (const auto* ended = std::get_if<Ended>(&event)) {
        check_shown(ended->why);
        over = true;
      }
      if (const auto* spoken = std::get_if<Spoken>(&event)) {
        if (!is_nick(spoken->nick)) std::abort();
      }
    }
    if (input.empty()) over = true;
    now += step;
  }
  return 0;
}
