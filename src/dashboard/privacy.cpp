#include "dashboard/privacy.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/percent.hpp"
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
  for (const std::string_view quote : {"\"", "&quot;"}) {  // as it is, and on a page
    if (!text.substr(kept, at - kept).ends_with(quote)) continue;
    const std::size_t open = text.substr(0, at - quote.size()).rfind(quote);
    if (open != std::string_view::npos && open >= kept) return open;
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

// What percent_encode() leaves, and what it makes.
bool is_encoded(char c) {
  return (is_ascii(c) && std::isalnum(static_cast<unsigned char>(c)) != 0) ||
         std::string_view("-._~%").find(c) != std::string_view::npos;
}

bool is_of_link(char c) {
  return is_ascii(c) && static_cast<unsigned char>(c) > ' ' &&
         std::string_view("\"'<>").find(c) == std::string_view::npos;
}

// What it says once no '@' is encoded any more: names in the cursor of a list are encoded twice.
std::string fully_decoded(std::string_view part) {
  std::string text(part);
  while (text.find("%40") != std::string::npos || text.find("%2540") != std::string::npos)
    text = percent_decode(text);
  return text;
}

}  // namespace

Privacy::Privacy(const access::Access& access, const access::Caller& caller, std::vector<std::string> known,
                 const Aliases* aliases, std::string prefix)
    : masks_(access.is_private() && caller.role < access::Role::operator_),
      known_(std::move(known)),
      aliases_(aliases),
      prefix_(std::move(prefix)) {
  if (!caller.who.empty()) known_.push_back(caller.who);
}

bool Privacy::is_known(std::string_view address) const {
  return std::ranges::any_of(known_, [&](const std::string& one) { return same_letters(one, address); });
}

std::string Privacy::operator()(std::string_view text) const {
  return masks_ ? masked(with_aliases(text)) : std::string(text);
}

// Whether what begins so is a link of ours, or an id in a feed. An absolute one may be a foreign one that
// looks the same; then it leads nowhere, and says nothing.
bool Privacy::is_ours(std::string_view before) const {
  if (before.starts_with("tag:") || before.starts_with('?')) return true;
  const auto scheme = before.find("://");
  if (scheme == std::string_view::npos) return before.starts_with(prefix_) && !before.starts_with("//");
  before.remove_prefix(std::min(before.find('/', scheme + 3), before.size()));
  return std::ranges::any_of(std::array{"b/", "badge/", "reporters/", "api/v1/"},
                             [&](const char* place) { return before.starts_with(prefix_ + place); });
}

std::string Privacy::with_aliases(std::string_view text) const {
  std::string out;
  std::size_t kept = 0;
  std::size_t looked = 0;
  std::size_t link = 0;  // where the one begins that is read
  const auto next = [&](std::size_t from) {
    return std::min(text.find("%40", from), text.find("%2540", from));
  };
  std::size_t end = 0;
  for (std::size_t at = next(0); at != std::string_view::npos; at = next(end)) {
    std::size_t begin = at;
    while (begin > end && is_encoded(text[begin - 1]))
      --begin;
    for (; looked < begin; ++looked) {
      if (!is_of_link(text[looked])) link = looked + 1;
    }
    end = at;
    while (end < text.size() && is_encoded(text[end]))
      ++end;
    const std::string_view part = text.substr(begin, end - begin);
    const std::string said = fully_decoded(part);
    const std::string shown = masked(said);
    if (shown == said) continue;
    const bool ours = aliases_ != nullptr && is_ours(text.substr(link, begin - link));
    out += text.substr(kept, begin - kept);
    out += ours ? aliases_->of(name_of_part(percent_decode(part))) : percent_encode(shown);
    kept = end;
  }
  out += text.substr(kept);
  return out;
}

std::string Privacy::masked(std::string_view text) const {
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
    for (auto& member : *object) {
      const json::string* next = member.key() == "next" ? member.value().if_string() : nullptr;
      const bool hides = next != nullptr && aliases_ != nullptr && (*this)(*next) != std::string_view(*next);
      member.value() = hides ? json::value(aliases_->of(*next)) : in(std::move(member.value()));
    }
  }
  return value;
}

}  // namespace carillon::dashboard
