#include "store/overlap.hpp"

#include <gtest/gtest.h>

namespace carillon::store {
namespace {

std::string text(std::size_t size, unsigned seed = 1) {
  std::string made;
  while (made.size() < size) {
    seed = seed * 1103515245U + 12345U;
    made += static_cast<char>('a' + (seed >> 16U) % 26);
  }
  return made;
}

void expect_round_trip(const std::string& payload, const std::string& body, std::size_t head,
                       std::size_t tail) {
  const Overlap overlap = overlap_of(payload, body);
  EXPECT_EQ(overlap.head, head);
  EXPECT_EQ(overlap.tail, tail);
  ASSERT_LE(overlap.head + overlap.tail, std::min(payload.size(), body.size()));
  const std::string rest = payload.substr(overlap.head, payload.size() - overlap.head - overlap.tail);
  EXPECT_EQ(joined(body, overlap, rest), payload);
}

TEST(Overlap, TheSame) {
  expect_round_trip(text(3000), text(3000), 3000, 0);
}

TEST(Overlap, WithoutAPartOfTheBody) {
  const std::string body = text(2000) + "#" + text(100, 7) + "!" + text(1000, 9);
  expect_round_trip(text(2000) + "+" + text(1000, 9), body, 2000, 1000);
}

TEST(Overlap, WithMoreThanTheBody) {
  expect_round_trip(text(2000) + "+" + text(999, 5) + "-" + text(1000, 9), text(2000) + text(1000, 9), 2000,
                    1000);
}

TEST(Overlap, APartIsNotCountedTwice) {
  expect_round_trip(std::string(1000, 'x'), std::string(1500, 'x'), 1000, 0);
  expect_round_trip(std::string(1500, 'x'), std::string(1000, 'x'), 1000, 0);
}

TEST(Overlap, TooShort) {
  expect_round_trip(text(400), text(400), 0, 0);
  expect_round_trip("", text(4000), 0, 0);
  expect_round_trip(text(4000), "", 0, 0);
  expect_round_trip(text(4000, 3), text(4000, 4), 0, 0);
}

TEST(Overlap, AnyBytes) {
  const std::string bytes = std::string(600, '\0') + "\xff\xfe" + std::string(600, '\x80');
  expect_round_trip(bytes + "x", bytes, 1202, 0);
}

}  // namespace
}  // namespace carillon::store
