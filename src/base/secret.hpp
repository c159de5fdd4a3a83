// Strings that must not be shown.
#pragma once

#include <deque>
#include <memory>
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

class SecretForms;

// Knows every secret of the running configuration and removes them from texts that are about to be shown or
// kept: the second line of defence behind Secret. Thread-safe.
//
// A secret is known in every form that a text on its way may give it: as it is, folded to one line (also each
// of its lines alone), percent-encoded (upper and lower case, spaces also as "+"), escaped for JSON, C or
// Python
// ("\n", "\u00e4") or HTML (names and numbers), or a mixture of these; within base64 (also behind a user's
// name, or in the alphabet of URLs); and cut, when an ellipsis (U+2026) follows what is left of it. Of a URL
// that is secret, so are its path, its query, its last parts and its password alone.
class Redactor {
 public:
  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  // Texts with less than 4 bytes that are no blanks are not remembered: they would blot out innocent text.
  void add(std::string_view secret);
  // One that lasts a while, such as a token that a service gave: the last few of these are known.
  void add_passing(std::string_view secret);
  // The text with every known secret replaced by "***".
  std::string operator()(std::string_view text) const;

 private:
  void rebuild();

  mutable std::mutex mutex_;
  std::vector<std::string> lasting_;
  // The oldest first.
  std::deque<std::string> passing_;
  std::unique_ptr<const SecretForms> forms_;
};

}  // namespace carillon
