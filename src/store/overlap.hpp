// What a payload has in common with the event that it reports: such text is kept once. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::store {

// The first `head` and the last `tail` bytes are the same in both.
struct Overlap {
  std::size_t head = 0;
  std::size_t tail = 0;
};

// The longest overlap; none when it is too short to be worth keeping apart. head + tail is at most the size
// of the shorter one.
Overlap overlap_of(std::string_view payload, std::string_view body);

// The payload again. body: at least head + tail bytes; rest: what the payload has between them.
std::string joined(std::string_view body, Overlap overlap, std::string_view rest);

}  // namespace carillon::store
