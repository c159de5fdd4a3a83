// How people name a build.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

// Which build: "BUILDER/NUMBER", "BUILDER" (its newest), a build's id, or its URL.
struct BuildName {
  std::string builder;
  std::optional<std::int64_t> number;
  std::optional<std::int64_t> buildid;
  // Of a URL.
  std::optional<std::int64_t> builderid;
  // Of a builder that several sources have; empty: of all.
  std::string source = {};
};
std::optional<BuildName> parse_build_name(std::string_view text);

}  // namespace carillon
