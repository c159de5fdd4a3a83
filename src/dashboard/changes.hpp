// Which kinds of things have changed, and when: numbers that only grow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::dashboard {

// In the order in which they are told.
enum class Topic { builds, deliveries, reporters, sources, silences, replays };
inline constexpr std::size_t topic_count = 6;

// "builds", ...
std::string_view name(Topic topic);

class Changes {
 public:
  // begin: larger than what any earlier life of the server has counted to (the time in milliseconds is), so
  // that what was told then is older.
  explicit Changes(std::uint64_t begin) : now_(begin) { changed_.fill(begin); }

  // These have changed, together; none: nothing has.
  void note(const std::vector<Topic>& topics);
  std::uint64_t now() const { return now_; }
  // Names of what has changed after that number, with blanks between; "": nothing. All of them where the
  // number is not from here: larger than now().
  std::string since(std::uint64_t number) const;

 private:
  std::uint64_t now_;
  std::array<std::uint64_t, topic_count> changed_{};
};

}  // namespace carillon::dashboard
