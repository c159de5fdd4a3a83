// What is to be said, at a pace that no server takes for a flood. Pure: time is passed in.
//
// A server that is slower than we are holds our lines back and, when they are too many, closes the connection
// (ngIRCd reads 3 lines a second and has room for 2 KiB; InspIRCd and its kin lower or raise that by
// configuration). So no more is under way than any of them has room for: after a few lines a PING follows,
// and what comes next waits for its PONG. The PONG also tells that the server has dealt with the lines before
// it. Besides, a few lines go out at once and then one after each gap; servers let some commands cost more
// than others, and so do we. The gap grows when a server says it was flooded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace carillon::reporter::irc {

class Outbox {
 public:
  static constexpr std::size_t window_lines = 4;
  static constexpr std::size_t window_octets = 1200;
  // Lines.
  static constexpr int burst = 5;
  static constexpr int registration_cost = 2;
  static constexpr int join_cost = 3;
  // Of everything else but messages and PING.
  static constexpr int control_cost = 2;
  static constexpr Millis first_gap = 350;
  static constexpr Millis longest_gap = 4000;

  // The first one first.
  enum class Rank { control, answer, announcement };
  using Ticket = std::uint64_t;

  struct Done {
    Ticket ticket = 0;
    // empty: the server dealt with all its lines.
    std::string refusal;
  };

  // The connection begins: the registration has cost something, too.
  void begin(Millis now) { paid_until_ = now + registration_cost * gap_; }

  // The lines, with CR LF, go out in order and, among those of their rank, together. target: folded, what a
  // refusal names. Never 0. Without lines: done at once, that is with the next take_done().
  Ticket add(Rank rank, std::string target, std::vector<std::string> lines);

  // Forgets it when none of its lines is under way; false: it must be waited for.
  bool withdraw(Ticket ticket);

  // Lines of that rank that are not written yet.
  std::size_t waiting(Rank rank) const;

  // A PING that counts for nothing but keeping the connection alive.
  void ping() { want_ping_ = true; }

  // What may be written now; empty: nothing.
  std::string take(Millis now);
  // When take() has more, as far as time alone decides; nullopt: not before something is added or answered.
  std::optional<Millis> next_at(Millis now) const;

  // The last parameter of a PONG; false: not one of ours.
  bool pong(std::string_view token);
  // The server named the target in an error (401, 403, 404, ...): what is under way to it failed.
  void refused(std::string_view target, const std::string& text);
  std::vector<Done> take_done();

  // When the oldest PING without an answer was sent.
  std::optional<Millis> unanswered_since() const;

  // The server said so: the gap doubles.
  void flooded();

  Millis gap() const { return gap_; }
  void set_gap(Millis gap) { gap_ = gap; }

 private:
  struct Entry {
    Ticket ticket = 0;
    std::string target;
    // Not written yet.
    std::deque<std::string> lines;
    // Sequence number of the last written line; 0: none.
    std::uint64_t last = 0;
    std::string refusal;
  };
  struct Under {  // a written line
    std::uint64_t sequence = 0;
    std::size_t octets = 0;
  };
  struct Ping {
    // All lines up to this one.
    std::uint64_t sequence = 0;
    Millis at = 0;
  };

  std::deque<Entry>* first_queue();
  // Nothing waits to be written.
  bool idle() const;
  bool window_full() const { return under_way_.size() >= window_lines || octets_ >= window_octets; }
  bool ping_is_due() const;
  bool has_work() const { return ping_is_due() || (!idle() && !window_full()); }
  std::string next_line(Millis now);

  std::array<std::deque<Entry>, 3> queues_;
  // All lines are out, in that order.
  std::deque<Entry> written_;
  std::deque<Under> under_way_;
  std::deque<Ping> pings_;
  std::vector<Done> done_;
  std::size_t octets_ = 0;
  std::uint64_t sequence_ = 0;
  // The last line that has a PING after it.
  std::uint64_t pinged_ = 0;
  // The last line that has a PONG.
  std::uint64_t confirmed_ = 0;
  Ticket last_ticket_ = 0;
  bool want_ping_ = false;
  Millis gap_ = first_gap;
  // How far the lines written so far have used up the allowance.
  Millis paid_until_ = 0;
};

}  // namespace carillon::reporter::irc
