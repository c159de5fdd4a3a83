// Strings that must not be shown.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

// A password, token or key. It has no operator<< and no implicit conversion: whoever needs the text says so.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

// Knows every secret of the running configuration and removes them from texts that are about to be shown or
// kept: the second line of defence behind Secret. Thread-safe.
class Redactor {
 public:
  // Texts shorter than 4 bytes are not remembered: they would blot out innocent text.
  void add(std::string_view secret);
  // The text with every known secret (also its percent-encoded and base64 forms as added) replaced by "***".
  std::string operator()(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace carillon
