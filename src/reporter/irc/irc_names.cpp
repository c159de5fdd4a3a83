#include "reporter/irc/irc_names.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace carillon::reporter::irc {
namespace {

constexpr std::size_t max_name = 200;  // octets; no server takes that many

char lower(char c, CaseMapping mapping) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  if (mapping == CaseMapping::ascii) return c;
  switch (c) {
    case '[':
      return '{';
    case ']':
      return '}';
    case '\\':
      return '|';
    case '~':
      return mapping == CaseMapping::rfc1459 ? '^' : c;
    default:
      return c;
  }
}

bool is_plain(std::string_view text, std::string_view forbidden) {
  return !text.empty() && text.size() <= max_name && std::none_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || forbidden.find(c) != std::string_view::npos;
  });
}

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string fold(std::string_view name, CaseMapping mapping) {
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(), [&](char c) { return lower(c, mapping); });
  return folded;
}

std::string fold_ascii(std::string_view name) {
  return fold(name, CaseMapping::ascii);
}

void Support::read(const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    const auto equals = token.find('=');
    const std::string_view key = std::string_view(token).substr(0, equals);
    const std::string_view value =
        equals == std::string::npos ? std::string_view() : std::string_view(token).substr(equals + 1);
    if (key == "CASEMAPPING") {
      casemapping = value == "rfc1459"          ? CaseMapping::rfc1459
                    : value == "strict-rfc1459" ? CaseMapping::strict_rfc1459
                                                : CaseMapping::ascii;
    } else if (key == "CHANTYPES") {
      chantypes = value;
    } else if (key == "PREFIX") {
      const auto close = value.find(')');
      if (value.empty()) {
        prefix_modes.clear();
        prefix_symbols.clear();
      } else if (value.front() == '(' && close != std::string_view::npos &&
                 close - 1 == value.size() - close - 1) {
        prefix_modes = value.substr(1, close - 1);
        prefix_symbols = value.substr(close + 1);
      }
    } else if (key == "CHANMODES") {
      const auto first = value.find(',');
      const auto second = first == std::string_view::npos ? first : value.find(',', first + 1);
      if (second == std::string_view::npos) continue;
      const auto third = std::min(value.find(',', second + 1), value.size());
      list_modes = value.substr(0, first);
      key_modes = value.substr(first + 1, second - first - 1);
      limit_modes = value.substr(second + 1, third - second - 1);
    } else if (key == "NICKLEN") {
      if (const auto length = number_of(value)) nick_length = *length;
    } else if (key == "TARGMAX") {
      const auto at = ("," + std::string(value)).find(",JOIN:");
      if (at == std::string::npos) continue;
      const std::string_view limit = value.substr(at + 5, value.find(',', at) - at - 5);
      if (const auto most = number_of(limit); most && *most > 0) join_targets = std::min(join_targets, *most);
    }
  }
}

bool Support::is_channel(std::string_view name) const {
  return !name.empty() && chantypes.find(name.front()) != std::string::npos;
}

bool Support::is_operator(std::string_view symbols) const {
  auto last = prefix_modes.find('h');
  if (last == std::string::npos) last = prefix_modes.find('o');
  if (last == std::string::npos) return false;
  return std::any_of(symbols.begin(), symbols.end(), [&](char symbol) {
    const auto rank = prefix_symbols.find(symbol);
    return rank != std::string::npos && rank <= last;
  });
}

bool is_channel_name(std::string_view name) {
  return is_plain(name, ",") && name.front() != ':';
}

bool is_nick(std::string_view name) {
  return is_plain(name, ",!@*") && name.front() != ':';
}

bool is_key(std::string_view key) {
  return is_plain(key, ",") && key.front() != ':';
}

}  // namespace carillon::reporter::irc
