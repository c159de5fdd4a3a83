// What a reader typed or chose: the query of an address, the fields of a form.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace carillon::dashboard {

class Fields {
 public:
  // Text of the form a=b&c=d, read as browsers and people write it (WHATWG): every character may stand for
  // itself, and a '%' that begins no byte does. Of a name that comes twice the last counts: see twice().
  static Fields parse(std::string_view text);

  // Without blanks at its ends; "" where there is none.
  std::string text(std::string_view name) const;
  bool has(std::string_view name) const { return values_.contains(name); }
  // A name that came twice, so that it is not clear what is meant; "": none did.
  const std::string& twice() const { return twice_; }
  // The first one that is none of these; nullopt: all are known.
  std::optional<std::string> stranger(std::span<const std::string_view> known) const;
  // A whole number; nullopt where there is none, failure where it is something else or out of the bounds.
  Result<std::optional<std::int64_t>> number(std::string_view name, std::int64_t least,
                                             std::int64_t most) const;
  // "24h", "30m", "7d", or ISO 8601; 0 where there is none.
  Result<Millis> since(std::string_view name, Millis now) const;

  void set(std::string_view name, std::string value) { values_[std::string(name)] = std::move(value); }
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }
  // The same fields without these, as a query ("?a=b", or "").
  std::string query_with(std::string_view name, std::string_view value) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::string twice_;
};

}  // namespace carillon::dashboard
