// Wrong tokens, by the address that shows them: limited, and told of seldom.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::web {

// An address may show `at_once` different wrong tokens, and one more each `every`; beyond that it is not
// listened to until so much time has passed, whatever it shows. One and the same wrong token counts once: a
// sender with an old token is no guesser, and shuts nobody out who has the same address.
class Guesses {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Limits {
    int at_once = 20;
    std::chrono::milliseconds every{3'000};
    // Beyond that one is forgotten.
    std::size_t addresses = 10'000;
  };
  explicit Guesses(Limits limits) : limits_(limits) {}
  Guesses() : Guesses(Limits()) {}

  // How long the address is not listened to; nullopt: its token may be looked at.
  std::optional<std::chrono::seconds> shut_out(std::string_view address, Time now) const;

  // A wrong token; empty: none at all, which is no guess. Of its text only a hash is kept.
  void wrong(std::string_view address, std::string_view token, Time now);

  // To be called for every refusal; kind: what all refusals with the same line in the log have in common.
  // When it is to be told now - once a minute for each kind of an address, and a few lines a minute in all -
  // what stands behind the line: "", or " (N times since the last such line)". Of an address with many kinds
  // those that came late count as one.
  std::optional<std::string> to_tell(std::string_view address, std::string_view kind, Time now);

  std::size_t size() const { return suspects_.size(); }  // addresses that are remembered

 private:
  struct Suspect {
    // When all of `at_once` is free again.
    Time full;
    // Hashes of the last wrong tokens.
    std::deque<std::size_t> known;
    struct Kind {
      std::optional<Time> told;
      std::uint64_t untold = 0;
    };
    std::map<std::string, Kind, std::less<>> kinds;
  };
  Suspect& suspect(std::string_view address, Time now);

  Limits limits_;
  std::map<std::string, Suspect, std::less<>> suspects_;
  // Of the minute that `told_` counts.
  std::optional<Time> telling_since_;
  int told_ = 0;
};

}  // namespace carillon::web
