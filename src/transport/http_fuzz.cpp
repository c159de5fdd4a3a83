// What servers say of pauses and failures: never a negative or endless pause, and texts of one line.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "transport/http.hpp"

namespace {

constexpr std::int64_t now = 1'700'000'000;
constexpr std::chrono::seconds longest = std::chrono::hours(366 * 24);

void check_pause(const std::optional<std::chrono::seconds>& pause) {
  if (pause && (pause->count() < 0 || *pause > longest)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 2) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_pause(http::parse_retry_after(input, now));
  auto take = [&] {
    const auto end = std::min(input.find('\n'), input.size());
    std::string piece(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return piece;
  };
  http::Response response;
  response.status = 100 + (data[0] * 256 + data[1]) % 500;
  for (const char* name : {"retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"}) {
    std::string value = take();
    if (!value.empty()) response.headers.emplace_back(name, std::move(value));
  }
  response.body = input;
  check_pause(http::exhausted(response, now));
  const auto judged = http::judge(response, now);
  if (judged.has_value() != (response.status / 100 == 2)) std::abort();
  if (judged) return 0;
  check_pause(judged.error().retry_after);
  const std::string& what = judged.error().what;
  if (what.find_first_of("\r\n") != std::string::npos || valid_utf8(what) != what || what.size() > 1000)
    std::abort();
  return 0;
}
