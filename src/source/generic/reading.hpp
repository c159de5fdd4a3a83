// Reading the fields of a mapping out of one body. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/generic/generic_run.hpp"

namespace carillon::source::generic {

class Reading {
 public:
  // The references outlive it. called: null where there are no functions.
  Reading(const Mapping& mapping, const Fields& fields, Scope scope, const Called* called)
      : mapping_(mapping), fields_(fields), scope_(scope), called_(called) {}

  bool maps(std::string_view field) const { return fields_.contains(field); }

  // The first values that are neither null nor an empty text, and the place where they are; none where the
  // field is not mapped, or nothing stands there.
  struct Found {
    std::vector<json::value> values;
    std::string place;
    // Something stands there, even if it is null.
    bool there = false;
  };
  Found find(std::string_view field) const;
  Found find(std::string_view field, const std::vector<Way>& ways) const;

  // Failures of all (rejected): the place, and what is wrong there. Empty where there is nothing.
  Result<std::string> text(std::string_view field) const;
  Result<std::vector<std::string>> texts(std::string_view field) const;
  Result<std::optional<std::int64_t>> number(std::string_view field) const;
  Result<std::optional<std::int64_t>> moment(std::string_view field) const;

  // How it goes, out of `state` and `results`; nullopt: neither says so, and a note says why. has_ended: it
  // is known to have.
  Result<std::optional<hook::State>> state(bool has_ended, std::vector<std::string>& notes) const;

  const Scope& scope() const { return scope_; }

 private:
  std::vector<json::value> values_of(const Way& way, bool& there) const;

  const Mapping& mapping_;
  const Fields& fields_;
  Scope scope_;
  const Called* called_;
};

}  // namespace carillon::source::generic
