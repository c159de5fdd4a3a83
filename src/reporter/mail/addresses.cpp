#include "reporter/mail/addresses.hpp"

#include <algorithm>
#include <tuple>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "reporter/mail/ascii_head.hpp"

namespace carillon::reporter::mail {
namespace {

constexpr std::size_t longest_mailbox = 254;  // bytes; RFC 5321 4.5.3.1.3: a path of 256 with its < and >

bool control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

bool label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool valid_domain(std::string_view domain) {
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    const auto inside = domain.substr(1, domain.size() - 2);
    return std::ranges::all_of(inside, [](char c) { return label_char(c) || c == ':' || c == '.'; });
  }
  bool after_dot = true;  // no empty labels
  for (char c : domain) {
    if (c == '.' ? after_dot : !label_char(c)) return false;
    after_dot = c == '.';
  }
  return !domain.empty() && !after_dot && domain.size() <= 255;
}

// Buildbot takes any characters but spaces. What separates addresses in a header is left out too, unless
// quoted: it would split the address, or start another.
bool valid_local(std::string_view local) {
  if (local.empty() || local.size() > 256) return false;
  if (local.size() > 2 && local.front() == '"' && local.back() == '"') {
    const auto inside = local.substr(1, local.size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] == '\\')
        ++i;
      else if (inside[i] == '"')
        return false;
      if (i == inside.size() || inside[i] == '\t') return false;
    }
    return true;
  }
  return local.find_first_of(" \t<>()[],;:\"\\@") == std::string_view::npos;
}

std::optional<std::string> parse_mailbox(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  auto domain = text.substr(at + 1);
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (!valid_local(text.substr(0, at)) || !valid_domain(domain)) return std::nullopt;
  const auto ascii = ascii_domain(domain);
  if (!ascii || at + 1 + ascii->size() > longest_mailbox) return std::nullopt;
  return std::string(text.substr(0, at)) + "@" + *ascii;
}

// `"Doe, \"J\""` to `Doe, "J"`; other names as they are.
std::string unquote(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    out += name[i];
  }
  return out;
}

auto order(const Address& one) {
  return std::tie(one.address, one.name);
}

void add_new(std::vector<Address>& list, const std::vector<Address>& others, std::vector<Address> more) {
  std::ranges::sort(more, [](const Address& a, const Address& b) { return order(a) < order(b); });
  for (Address& one : more) {
    auto same = [&](const Address& other) { return one.same_mailbox(other); };
    if (std::ranges::any_of(list, same) || std::ranges::any_of(others, same)) continue;
    list.push_back(std::move(one));
  }
}

}  // namespace

bool Address::same_mailbox(const Address& other) const {
  if (address.size() != other.address.size()) return false;
  const auto at = address.rfind('@');
  for (std::size_t i = 0; i < address.size(); ++i) {
    const bool domain = at != std::string::npos && i > at;
    if (address[i] != other.address[i] && !(domain && lower(address[i]) == lower(other.address[i])))
      return false;
  }
  return true;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > 2000 || std::ranges::any_of(text, control) || valid_utf8(text) != text)
    return std::nullopt;
  text = trim(text);
  if (!text.ends_with('>')) {
    auto mailbox = parse_mailbox(text);
    if (!mailbox) return std::nullopt;
    return Address{"", std::move(*mailbox)};
  }
  const auto open = text.rfind('<');
  if (open == std::string_view::npos) return std::nullopt;
  auto mailbox = parse_mailbox(text.substr(open + 1, text.size() - open - 2));
  if (!mailbox) return std::nullopt;
  return Address{unquote(trim(text.substr(0, open))), std::move(*mailbox)};
}

std::optional<Address> parse_user(std::string_view text) {
  const auto last = text.rfind('@');
  if (last != std::string_view::npos && text.find('@') != last) text = text.substr(0, last);
  return parse_address(text);
}

std::string in_domain(std::string_view user, std::string_view domain) {
  std::string out(user);
  if (user.find('@') == std::string_view::npos) out.append("@").append(domain);
  return out;
}

std::vector<std::string> Recipients::addresses() const {
  std::vector<std::string> out;
  out.reserve(to.size() + cc.size());
  for (const Address& one : to)
    out.push_back(one.address);
  for (const Address& one : cc)
    out.push_back(one.address);
  return out;
}

Recipients choose_recipients(std::vector<Address> interested, std::vector<Address> extra) {
  Recipients out;
  add_new(out.to, {}, std::move(interested));
  if (out.to.empty()) {
    add_new(out.to, {}, std::move(extra));
  } else {
    add_new(out.cc, out.to, std::move(extra));
  }
  return out;
}

}  // namespace carillon::reporter::mail
