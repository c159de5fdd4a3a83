#include "reporter/common/subject.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::reporter {
namespace {

struct Place {
  std::string name;
  bool left = false;  // '-'
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  std::size_t size = 0;  // of the place in the format, from its '%'
};

std::size_t read_number(std::string_view text, std::size_t& at) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  at = static_cast<std::size_t>(end - text.data());
  return error == std::errc() ? std::min<std::size_t>(number, 1000) : 0;
}

// The place that begins at the '%' in front; nullopt when it is none.
std::optional<Place> read_place(std::string_view text) {
  if (text.size() < 2 || text[1] != '(') return std::nullopt;
  const auto close = text.find(')');
  if (close == std::string_view::npos) return std::nullopt;
  Place place;
  place.name = text.substr(2, close - 2);
  std::size_t at = close + 1;
  while (at < text.size() && std::string_view("-+ #0").find(text[at]) != std::string_view::npos) {
    place.left = place.left || text[at] == '-';
    ++at;
  }
  place.width = read_number(text, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    place.precision = read_number(text, at);
  }
  if (at >= text.size() || text[at] != 's') return std::nullopt;
  place.size = at + 1;
  return place;
}

std::string first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && (count > 0 || (text[at] & 0xC0) == 0x80)) {
    if ((text[at] & 0xC0) != 0x80 && count-- == 0) break;
    ++at;
  }
  return std::string(text.substr(0, at));
}

}  // namespace

std::string check_subject(std::string_view format, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (i + 1 < format.size() && format[i + 1] == '%') {
      ++i;
      continue;
    }
    const auto place = read_place(format.substr(i));
    if (!place) {
      return "'" + ellipsize(format.substr(i), 20) +
             "' is not of the form %(name)s; write %% for a percent sign";
    }
    if (std::ranges::find(names, place->name) == names.end()) {
      std::string known;
      for (const std::string& name : names)
        known += (known.empty() ? "" : ", ") + name;
      return "'" + place->name + "' is not known; there are " + known;
    }
    i += place->size - 1;
  }
  return {};
}

std::string subject_mark(std::string_view format, const json::object& build) {
  const RunNumber run = BuildView(build).run();
  if (format != usual_subject || run.attempt <= 1) return {};
  return " (build #" + std::to_string(run.number) + attempt_mark(run) + ")";
}

std::string fill_subject(std::string_view format,
                         const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const auto place = format[i] == '%' ? read_place(format.substr(i)) : std::nullopt;
    if (!place) {
      out += format[i];
      if (format[i] == '%' && i + 1 < format.size() && format[i + 1] == '%') ++i;
      continue;
    }
    std::string value;
    for (const auto& [name, text] : values) {
      if (name == place->name) value = place->precision ? first_characters(text, *place->precision) : text;
    }
    const std::size_t size = characters(value);
    const std::string padding(place->width > size ? place->width - size : 0, ' ');
    out += place->left ? value + padding : padding + value;
    i += place->size - 1;
  }
  return out;
}

}  // namespace carillon::reporter
