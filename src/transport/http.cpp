#include "transport/http.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "transport/http_target.hpp"

namespace carillon::http {
namespace {

constexpr std::int64_t longest_pause = std::int64_t{366} * 24 * 3600;  // more is a mistake of the other side
constexpr std::size_t shown_body = 200;                                // characters of the answer in a text

// Non-negative, with an optional fraction: services that count in fractions exist.
std::optional<double> parse_number(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto* begin = text.data();  // with `end`, so that nothing has to be terminated
  const auto [stop, error] = std::from_chars(begin, end, value, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) return static_cast<double>(longest_pause);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<int> parse_digits(std::string_view text, std::size_t min_digits, std::size_t max_digits) {
  if (text.size() < min_digits || text.size() > max_digits) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<unsigned> parse_month(std::string_view text) {
  constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin()) + 1;
}

std::optional<std::int64_t> to_epoch(std::string_view day, std::string_view month, int year,
                                     std::string_view time) {
  const auto clock = words_of(time, ":");
  const auto d = parse_digits(day, 1, 2);
  const auto m = parse_month(month);
  if (!d || !m || clock.size() != 3) return std::nullopt;
  const auto hour = parse_digits(clock[0], 2, 2);
  const auto minute = parse_digits(clock[1], 2, 2);
  const auto second = parse_digits(clock[2], 2, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{*m},
                                         std::chrono::day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

// RFC 9110 5.6.7: a two-digit year that looks more than 50 years ahead is one of the past.
int full_year(int two_digits, std::int64_t now) {
  const std::chrono::sys_days today{std::chrono::floor<std::chrono::days>(std::chrono::seconds{now})};
  const int this_year = static_cast<int>(std::chrono::year_month_day{today}.year());
  const int year = this_year / 100 * 100 + two_digits;
  return year > this_year + 50 ? year - 100 : year;
}

// The three forms of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" and
// "Sun Nov  6 08:49:37 1994".
std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now) {
  const auto parts = words_of(text, " ,");
  if (parts.size() == 6 && parts[5] == "GMT") {
    const auto year = parse_digits(parts[3], 4, 4);
    return year ? to_epoch(parts[1], parts[2], *year, parts[4]) : std::nullopt;
  }
  if (parts.size() == 4 && parts[3] == "GMT") {
    const auto date = words_of(parts[1], "-");
    const auto year = date.size() == 3 ? parse_digits(date[2], 2, 2) : std::nullopt;
    return year ? to_epoch(date[0], date[1], full_year(*year, now), parts[2]) : std::nullopt;
  }
  if (parts.size() == 5) {
    const auto year = parse_digits(parts[4], 4, 4);
    return year ? to_epoch(parts[2], parts[1], *year, parts[3]) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> pause_asked_for(const Response& response, std::int64_t now) {
  if (const auto value = response.header("retry-after")) {
    if (const auto pause = parse_retry_after(*value, now)) return pause;
  }
  const auto reset = response.header("x-ratelimit-reset");
  const auto number = reset ? parse_number(trim(*reset)) : std::nullopt;
  if (!number) return std::nullopt;
  // A moment, as GitHub has it, or a duration, as others do: nobody waits for 30 years.
  constexpr double first_moment = 1e9;
  const double wait = std::ceil(*number >= first_moment ? *number - static_cast<double>(now) : *number);
  return std::chrono::seconds(static_cast<std::int64_t>(std::clamp<double>(wait, 0, longest_pause)));
}

bool none_remaining(const Response& response) {
  const auto remaining = response.header("x-ratelimit-remaining");
  return remaining && trim(*remaining) == "0";
}

// Statuses that may mean "later": with any other one a pause would change nothing. 413 may be temporary by
// RFC 9110.
bool may_mean_later(int status) {
  return status >= 500 || status < 400 || status == 403 || status == 408 || status == 413 || status == 425;
}

// " to https://host/path", for redirects. Without the query, which may hold anything.
std::string location_of(const Response& response) {
  const auto location = response.header("location");
  if (!location) return {};
  const std::string_view shown = location->substr(0, location->find_first_of("?#"));
  const auto target = parse_target(shown);
  return " to " + ellipsize(fold_to_line(valid_utf8(target ? target->shown() : shown)), shown_body);
}

}  // namespace

std::string shown_answer(const Response& response) {
  std::string text = "HTTP " + std::to_string(response.status);
  const std::string_view beginning = utf8_prefix(response.body, shown_body * 4);
  if (response.status >= 300 && response.status < 400) text += location_of(response);
  std::string body = fold_to_line(valid_utf8(beginning));
  if (beginning.size() < response.body.size()) body += "\u2026";  // a secret that is cut is known by that
  if (!body.empty()) text += ": " + ellipsize(body, shown_body);
  return text;
}

std::optional<std::string_view> Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::int64_t now) {
  value = trim(value);
  if (const auto number = parse_number(value)) {
    const double wait = std::ceil(std::min(*number, static_cast<double>(longest_pause)));
    return std::chrono::seconds(static_cast<std::int64_t>(wait));
  }
  const auto moment = parse_date(value, now);
  if (!moment) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*moment - now, 0, longest_pause));
}

std::optional<std::chrono::seconds> exhausted(const Response& response, std::int64_t now) {
  if (!none_remaining(response)) return std::nullopt;
  return pause_asked_for(response, now);
}

Result<void> judge(const Response& response, std::int64_t now) {
  const int status = response.status;
  if (status >= 200 && status < 300) return ok();
  Failure failure;
  failure.what = shown_answer(response);
  const bool asks = none_remaining(response) || response.header("retry-after");
  if (status == 429 || (asks && may_mean_later(status))) {
    failure.kind = Failure::Kind::throttled;
    failure.retry_after = pause_asked_for(response, now);
  } else if (status < 400 || status == 407 || status == 408 || status == 425 || status >= 500) {
    failure.kind = Failure::Kind::unreachable;
  } else {
    failure.kind = Failure::Kind::rejected;
  }
  return failed(std::move(failure));
}

}  // namespace carillon::http
