#include "dashboard/privacy.hpp"

#include <algorithm>
#include <cctype>

#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::dashboard {
namespace {

bool is_word(char c) {
  return !is_ascii(c) || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_of_mailbox(char c) {
  return is_word(c) || std::string_view("._+-%~!#$&'*/=?^`{|}").find(c) != std::string_view::npos;
}

bool is_of_host(char c) {
  return is_word(c) || c == '.' || c == '-';
}

// "3fa92c1": what stands behind "owner/repository@".
bool is_commit(std::string_view host) {
  constexpr std::size_t shortest_commit = 7;
  return host.size() >= shortest_commit &&
         std::ranges::all_of(host, [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

// Where the mailbox before the '@' begins, not before `kept`: a word, or in double quotes.
std::size_t mailbox_begin(std::string_view text, std::size_t at, std::size_t kept) {
  if (at > kept + 1 && text[at - 1] == '"') {
    const std::size_t quote = text.rfind('"', at - 2);
    if (quote != std::string_view::npos && quote >= kept) return quote;
  }
  std::size_t begin = at;
  while (begin > kept && is_of_mailbox(text[begin - 1]))
    --begin;
  return begin;
}

std::size_t host_end(std::string_view text, std::size_t begin) {
  if (begin < text.size() && text[begin] == '[') {
    const std::size_t end = text.find(']', begin);
    return end == std::string_view::npos ? begin : end + 1;
  }
  std::size_t end = begin;
  while (end < text.size() && is_of_host(text[end]))
    ++end;
  while (end > begin && (text[end - 1] == '.' || text[end - 1] == '-'))
    --end;
  return end;
}

// The first character of a text that is not empty.
std::string_view first_character(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_continuation(text[end]))
    ++end;
  return text.substr(0, end);
}

}  // namespace

Privacy::Privacy(const access::Access& access, const access::Caller& caller, std::vector<std::string> known)
    : masks_(access.is_private() && caller.role < access::Role::operator_), known_(std::move(known)) {
  if (!caller.who.empty()) known_.push_back(caller.who);
}

bool Privacy::is_known(std::string_view address) const {
  return std::ranges::any_of(known_, [&](const std::string& one) { return same_letters(one, address); });
}

std::string Privacy::operator()(std::string_view text) const {
  if (!masks_) return std::string(text);
  std::string out;
  std::size_t kept = 0;
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const std::size_t begin = mailbox_begin(text, at, kept);
    const std::size_t end = host_end(text, at + 1);
    const std::string_view host = text.substr(at + 1, end - at - 1);
    if (begin == at || host.empty() || is_commit(host) || is_known(text.substr(begin, end - begin))) continue;
    out += text.substr(kept, begin - kept);
    out += first_character(text.substr(begin));
    out += "***";
    kept = at;
  }
  out += text.substr(kept);
  return out;
}

json::value Privacy::in(json::value value) const {
  if (!masks_) return value;
  if (const json::string* text = value.if_string()) return json::value((*this)(*text));
  if (json::array* array = value.if_array()) {
    for (json::value& item : *array)
      item = in(std::move(item));
  } else if (json::object* object = value.if_object()) {
    for (auto& member : *object)
      member.value() = in(std::move(member.value()));
  }
  return value;
}

}  // namespace carillon::dashboard
