#include "store/overlap.hpp"

#include <algorithm>
#include <cstring>

namespace carillon::store {
namespace {

constexpr std::size_t worth_it = 512;  // bytes
constexpr std::size_t block = 64;

std::size_t common_head(std::string_view a, std::string_view b, std::size_t most) {
  std::size_t size = 0;
  while (size + block <= most && std::memcmp(a.data() + size, b.data() + size, block) == 0)
    size += block;
  while (size < most && a[size] == b[size])
    ++size;
  return size;
}

std::size_t common_tail(std::string_view a, std::string_view b, std::size_t most) {
  const char* end_a = a.data() + a.size();
  const char* end_b = b.data() + b.size();
  std::size_t size = 0;
  while (size + block <= most && std::memcmp(end_a - size - block, end_b - size - block, block) == 0)
    size += block;
  while (size < most && *(end_a - size - 1) == *(end_b - size - 1))
    ++size;
  return size;
}

}  // namespace

Overlap overlap_of(std::string_view payload, std::string_view body) {
  const std::size_t most = std::min(payload.size(), body.size());
  if (most < worth_it) return {};
  Overlap overlap;
  overlap.head = common_head(payload, body, most);
  overlap.tail = common_tail(payload, body, most - overlap.head);
  return overlap.head + overlap.tail < worth_it ? Overlap() : overlap;
}

std::string joined(std::string_view body, Overlap overlap, std::string_view rest) {
  std::string payload;
  payload.reserve(overlap.head + rest.size() + overlap.tail);
  payload += body.substr(0, overlap.head);
  payload += rest;
  payload += body.substr(body.size() - overlap.tail);
  return payload;
}

}  // namespace carillon::store
