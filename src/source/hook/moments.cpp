#include "source/hook/moments.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::int64_t first_moment = 365 * 24 * 3600;  // 1971: earlier ones stand for none
constexpr std::int64_t last_seconds = 95'617'584'000;   // the year 5000
constexpr std::int64_t most_millis = last_seconds * 1000;

// Reads from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    if (text_.size() < count || !is_digits(text_.substr(0, count))) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, count))
      value = value * 10 + (c - '0');
    text_.remove_prefix(count);
    return value;
  }
  bool skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_digits() {
    while (!text_.empty() && is_digits(text_.substr(0, 1)))
      text_.remove_prefix(1);
  }
  bool skip(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// "Z", " UTC", "+02:00", " +0200"; seconds east of Greenwich.
std::optional<int> read_zone(Reader& reader) {
  reader.skip(' ');
  if (reader.skip('Z') || reader.skip('z') || reader.skip("UTC") || reader.skip("GMT")) return 0;
  const bool west = reader.skip('-');
  if (!west && !reader.skip('+')) return std::nullopt;
  const auto hours = reader.digits(2);
  reader.skip(':');
  const auto minutes = reader.done() ? std::optional<int>(0) : reader.digits(2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> moment_of(std::string_view text) {
  Reader reader(trim(text));
  const auto year = reader.digits(4);
  const bool dashes = reader.skip('-');
  const auto month = reader.digits(2);
  if (dashes && !reader.skip('-')) return std::nullopt;
  const auto day = reader.digits(2);
  if (!year || !month || !day || (!reader.skip('T') && !reader.skip('t') && !reader.skip(' ')))
    return std::nullopt;
  const auto hour = reader.digits(2);
  const bool colons = reader.skip(':');
  const auto minute = reader.digits(2);
  if (colons && !reader.skip(':')) return std::nullopt;
  const auto second = reader.digits(2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  if (reader.skip('.') || reader.skip(',')) reader.skip_digits();
  const auto zone = read_zone(reader);
  if (!zone || !reader.done()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t moment = days * 86'400 + *hour * 3600 + *minute * 60 + *second - *zone;
  if (moment < first_moment) return std::nullopt;
  return moment;
}

std::optional<std::int64_t> moment_at(const json::object& object, std::string_view path) {
  if (const auto text = string_at(object, path)) return moment_of(*text);
  const json::value* value = find(object, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);
  if (error || !(number >= static_cast<double>(first_moment)) || number >= static_cast<double>(most_millis))
    return std::nullopt;
  const auto whole = static_cast<std::int64_t>(number);
  return whole >= last_seconds ? whole / 1000 : whole;
}

json::value moment_or_null(std::optional<std::int64_t> moment) {
  return moment ? json::value(*moment) : json::value(nullptr);
}

std::string iso_of(std::int64_t seconds) {
  const auto moment = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(moment - day);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

}  // namespace carillon::source::hook
