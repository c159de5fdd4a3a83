// Text that a payload shares with its event: it is put together as it was.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/overlap.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::store;
  if (size < 3) return 0;
  // Long texts that share much: the body is the input some times, the payload has a part of it replaced.
  const std::string input(data + 3, data + size);
  std::string body;
  for (unsigned i = 0; i <= data[0] % 16U; ++i)
    body += input;
  std::string payload = body;
  if (!payload.empty()) {
    const std::size_t at = payload.size() * data[1] / 256;
    payload.replace(at, data[2] % 32U, input.substr(0, data[2] % 7U));
  }
  for (const std::string& one : {payload, body, input, std::string()}) {
    const Overlap overlap = overlap_of(one, body);
    if (overlap.head + overlap.tail > std::min(one.size(), body.size())) std::abort();
    const std::string rest = one.substr(overlap.head, one.size() - overlap.head - overlap.tail);
    if (joined(body, overlap, rest) != one) std::abort();
  }
  return 0;
}
