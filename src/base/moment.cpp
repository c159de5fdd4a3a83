#include "base/moment.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/letters.hpp"

namespace carillon {
namespace {

constexpr Millis second = 1000;

// Takes what it reads off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (take(' ')) {
    }
  }
  // Exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= text_.size() || std::isdigit(static_cast<unsigned char>(text_[i])) == 0) return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  std::optional<std::int64_t> number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  std::string word() {
    std::string word;
    while (!text_.empty() && std::isalpha(static_cast<unsigned char>(text_.front())) != 0) {
      word += lower(text_.front());
      text_.remove_prefix(1);
    }
    return word;
  }

 private:
  std::string_view text_;
};

struct Written {
  std::tm time{};
  Millis millis = 0;
  std::optional<Millis> offset;  // from UTC; else it is in the asker's zone
};

bool read_clock(Reader& reader, Written& out) {
  const auto hour = reader.digits(2);
  if (!hour || *hour > 23 || !reader.take(':')) return false;
  const auto minute = reader.digits(2);
  if (!minute || *minute > 59) return false;
  out.time.tm_hour = *hour;
  out.time.tm_min = *minute;
  if (!reader.take(':')) return true;
  const auto seconds = reader.digits(2);
  if (!seconds || *seconds > 59) return false;
  out.time.tm_sec = *seconds;
  if (!reader.take('.')) return true;
  Millis unit = 100;
  bool any = false;
  while (const auto digit = reader.digits(1)) {
    out.millis += *digit * unit;
    unit /= 10;
    any = true;
  }
  return any;
}

bool read_zone(Reader& reader, Written& out) {
  if (reader.done()) return true;
  if (reader.take('Z') || reader.take('z')) {
    out.offset = 0;
    return true;
  }
  const bool east = reader.take('+');
  if (!east && !reader.take('-')) return false;
  const auto hours = reader.digits(2);
  if (!hours || *hours > 23 || !reader.take(':')) return false;
  const auto minutes = reader.digits(2);
  if (!minutes || *minutes > 59) return false;
  out.offset = (*hours * 60 + *minutes) * 60 * second * (east ? 1 : -1);
  return true;
}

std::optional<Written> read_written(Reader reader) {
  Written out;
  const auto year = reader.digits(4);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.digits(2);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day = reader.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  out.time.tm_year = *year - 1900;
  out.time.tm_mon = *month - 1;
  out.time.tm_mday = *day;
  out.time.tm_isdst = -1;
  if (reader.done()) return out;
  if (!reader.take('T') && !reader.take('t') && !reader.take(' ')) return std::nullopt;
  if (!read_clock(reader, out)) return std::nullopt;
  reader.skip_blanks();
  if (!read_zone(reader, out) || !reader.done()) return std::nullopt;
  return out;
}

std::optional<Millis> unit_of(std::string_view word) {
  constexpr Millis minute = 60 * second;
  constexpr Millis hour = 60 * minute;
  constexpr Millis day = 24 * hour;
  constexpr std::array<std::pair<std::string_view, Millis>, 19> units = {{{"s", second},
                                                                          {"sec", second},
                                                                          {"secs", second},
                                                                          {"second", second},
                                                                          {"seconds", second},
                                                                          {"m", minute},
                                                                          {"min", minute},
                                                                          {"mins", minute},
                                                                          {"minute", minute},
                                                                          {"minutes", minute},
                                                                          {"h", hour},
                                                                          {"hour", hour},
                                                                          {"hours", hour},
                                                                          {"d", day},
                                                                          {"day", day},
                                                                          {"days", day},
                                                                          {"w", 7 * day},
                                                                          {"week", 7 * day},
                                                                          {"weeks", 7 * day}}};
  for (const auto& [name, length] : units) {
    if (name == word) return length;
  }
  return std::nullopt;
}

std::optional<Millis> read_age(Reader reader) {
  constexpr Millis longest = Millis{1000} * 366 * 24 * 3600 * second;
  Millis age = 0;
  bool any = false;
  while (!reader.done()) {
    const auto count = reader.number();
    if (!count) {
      return any && reader.word() == "ago" && reader.done() ? std::optional(age) : std::nullopt;
    }
    reader.skip_blanks();
    const auto unit = unit_of(reader.word());
    if (!unit || *count > longest / *unit) return std::nullopt;
    age += *count * *unit;
    any = true;
    reader.skip_blanks();
  }
  return any ? std::optional(age) : std::nullopt;
}

}  // namespace

std::optional<Millis> parse_moment(std::string_view text, Millis now, Zone zone) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  if (const auto age = read_age(Reader(text))) return now - *age;
  auto written = read_written(Reader(text));
  if (!written) return std::nullopt;
  std::tm time = written->time;
  const std::time_t seconds = written->offset || zone == Zone::utc ? timegm(&time) : mktime(&time);
  return Millis{seconds} * second + written->millis - written->offset.value_or(0);
}

Result<Millis> moment_in(std::string_view field, std::string_view text, Millis now, Zone zone) {
  if (const auto at = parse_moment(text, now, zone)) return *at;
  return rejected(std::string(field) + ": '" + std::string(text) +
                  "' is not a time: write 2026-11-20T10:00:00Z, '2026-11-20 10:00' (" +
                  (zone == Zone::utc ? "UTC" : "local time") + "), 2h or '3 days'");
}

std::string minute_text(Millis at) {
  const std::time_t seconds = at / second;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

}  // namespace carillon
