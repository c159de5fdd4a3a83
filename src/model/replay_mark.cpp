#include "model/replay_mark.hpp"

namespace carillon {
namespace {

constexpr std::string_view mark = "~replay";

}  // namespace

std::string replay_mark(std::int64_t replay) {
  return replay == 0 ? std::string() : std::string(mark) + std::to_string(replay);
}

std::string without_replay(std::string_view key) {
  const auto at = key.find(mark);
  if (at == std::string_view::npos) return std::string(key);
  auto end = key.find_first_not_of("0123456789", at + mark.size());
  if (end == std::string_view::npos) end = key.size();
  return std::string(key.substr(0, at)) + std::string(key.substr(end));
}

}  // namespace carillon
