#include "exec/capture.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::exec {
namespace {

// Without the beginning of a character whose rest was cut off.
std::string_view whole_at_the_end(std::string_view text) {
  for (std::size_t back = 1; back <= 4 && back <= text.size(); ++back) {
    const std::string_view last = text.substr(text.size() - back);
    if (is_continuation(last.front())) continue;
    const auto lead = static_cast<unsigned char>(last.front());
    const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return length > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

// Without the rest of a character whose beginning was cut off.
std::string_view whole_at_the_beginning(std::string_view text) {
  std::size_t cut = 0;
  while (cut < 3 && cut < text.size() && is_continuation(text[cut]))
    ++cut;
  return text.substr(cut);
}

std::string clean(std::string_view bytes) {
  std::string text(bytes);
  std::replace(text.begin(), text.end(), '\0', '\xff');  // becomes U+FFFD, as other bytes that are no text
  return valid_utf8(text);
}

}  // namespace

void Capture::add(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t room = std::min(bytes.size(), half_ - head_.size());
  head_ += bytes.substr(0, room);
  bytes.remove_prefix(room);
  if (bytes.size() > half_) bytes.remove_prefix(bytes.size() - half_);
  tail_ += bytes;
  if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

std::string Capture::text() const {
  std::string_view tail = tail_;
  if (tail.size() > half_) tail.remove_prefix(tail.size() - half_);
  if (head_.size() + tail.size() == total_) return clean(head_ + std::string(tail));
  const std::string_view head = whole_at_the_end(head_);
  tail = whole_at_the_beginning(tail);
  return clean(head) + "\n[... " + std::to_string(total_ - head.size() - tail.size()) +
         " bytes left out ...]\n" + clean(tail);
}

}  // namespace carillon::exec
