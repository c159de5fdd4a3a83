// The addresses of the dashboard's pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/run_number.hpp"

namespace carillon::dashboard {

// Absolute paths: below the path of c['www']['url'] (a proxy may serve the dashboard below one).
class Links {
 public:
  // prefix: that path, begins and ends with '/'.
  explicit Links(std::string prefix = "/") : prefix_(std::move(prefix)) {}

  // "deliveries", "builds?result=failure", "api/v1/status"; "" is the overview.
  std::string to(std::string_view path) const { return prefix_ + std::string(path); }
  std::string builder(std::string_view name) const;
  // With its source where it is not the only one of that name; `source` empty: it is.
  std::string build(std::string_view source, std::string_view builder, const RunNumber& run) const;
  // What the reporter would send of it now. event: "new", "finished", "buildset"; empty: the newest.
  std::string preview(std::string_view source, std::string_view builder, const RunNumber& run,
                      std::string_view reporter, std::string_view event) const;
  std::string delivery(std::int64_t id) const { return prefix_ + "deliveries/" + std::to_string(id); }
  std::string badge(std::string_view builder) const;
  std::string reporter(std::string_view name) const;
  // Those of a reporter that are in that state.
  std::string deliveries(std::string_view state, std::string_view reporter) const;

 private:
  std::string prefix_;
};

}  // namespace carillon::dashboard
