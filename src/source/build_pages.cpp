#include "source/build_pages.hpp"

#include "base/encoding.hpp"
#include "base/percent.hpp"

namespace carillon::source {

std::string BuildPages::of(std::string_view builder) const {
  return base + (ours ? "b/" + path_part(builder) : "#builders/" + percent_encode(builder));
}

std::string BuildPages::of(std::string_view builder, std::int64_t number) const {
  return of(builder) + (ours ? "/" : "/builds/") + std::to_string(number);
}

}  // namespace carillon::source
