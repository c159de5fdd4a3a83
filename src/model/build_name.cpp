#include "model/build_name.hpp"

#include <charconv>

#include "base/percent.hpp"

namespace carillon {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// ".../b/BUILDER/7", "...?source=ci": of our own pages.
std::optional<BuildName> parse_page(std::string_view text) {
  const auto page = text.rfind("/b/");
  if (page == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(page + 3);
  BuildName name;
  if (const auto query = rest.find_first_of("?#"); query != std::string_view::npos) {
    constexpr std::string_view source = "?source=";
    if (rest.substr(query).starts_with(source))
      name.source = percent_decode(rest.substr(query + source.size()));
    rest = rest.substr(0, query);
  }
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  name.builder = name_of_part(percent_decode(rest.substr(0, slash)));
  rest.remove_prefix(slash + 1);
  name.number = whole_number(rest.substr(0, rest.find('/')));
  if (!name.number || name.builder.empty()) return std::nullopt;
  return name;
}

// ".../#/builders/3/builds/7", also without the slash after '#'.
std::optional<BuildName> parse_url(std::string_view text) {
  const auto builders = text.rfind("builders/");
  if (builders == std::string_view::npos) return parse_page(text);
  const std::string_view rest = text.substr(builders + 9);
  const auto builds = rest.find("/builds/");
  if (builds == std::string_view::npos) return std::nullopt;
  BuildName name;
  const std::string_view builder = rest.substr(0, builds);
  name.builderid = whole_number(builder);
  if (!name.builderid) name.builder = percent_decode(builder);
  std::string_view number = rest.substr(builds + 8);
  number = number.substr(0, number.find('/'));
  name.number = whole_number(number);
  if (!name.number) return std::nullopt;
  return name;
}

}  // namespace

std::optional<BuildName> parse_build_name(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.find("://") != std::string_view::npos) return parse_url(text);
  BuildName name;
  name.buildid = whole_number(text);
  if (name.buildid) return name;
  const auto slash = text.rfind('/');
  if (slash != std::string_view::npos) {
    std::string_view number = text.substr(slash + 1);
    if (number.starts_with('#')) number.remove_prefix(1);
    name.number = whole_number(number);
  }
  name.builder = std::string(name.number ? text.substr(0, slash) : text);
  return name;
}

}  // namespace carillon
