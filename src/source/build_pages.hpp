// Where builds have a page whose sender gave them no link. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::source {

struct BuildPages {
  // Absolute, ends in '/'; empty: nobody knows.
  std::string base;
  // They are the dashboard's ("b/linux/7"); else a Buildbot's ("#builders/linux/builds/7").
  bool ours = false;

  std::string of(std::string_view builder) const;
  std::string of(std::string_view builder, std::int64_t number) const;
};

}  // namespace carillon::source
