// A master's documents of any shape: the catching up ends, and its cursor can be kept and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "source/buildbot/catch_up.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source::buildbot;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto take = [&]() -> json::value {  // one document a line
    const auto end = std::min(input.find('\n'), input.size());
    boost::system::error_code error;
    json::value value = json::parse(input.substr(0, end), error);
    input.remove_prefix(std::min(end + 1, input.size()));
    return error ? json::value(nullptr) : value;
  };
  auto known = Cursor::from_json(take());
  if (known) {
    const json::value kept = known->to_json();
    const auto again = Cursor::from_json(kept);
    if (!again || again->to_json() != kept) std::abort();
  }
  CatchUp catch_up(std::move(known), 1'700'000'000'000, size % 2 == 0);
  for (int asked = 0; catch_up.next() && asked < 200; ++asked) {
    if (catch_up.next()->find_first_of(" \r\n") != std::string::npos) std::abort();
    const bool over = input.empty();
    const auto answered = catch_up.answer(take());
    if (!answered && answered.error().what.empty()) std::abort();
    if (over && !answered) break;
  }
  const json::value kept = catch_up.cursor().to_json();
  const auto again = Cursor::from_json(kept);
  if (!again || again->to_json() != kept) std::abort();
  return 0;
}
