#include "dashboard/words.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "base/encoding.hpp"

namespace carillon::dashboard {
namespace {

std::tm utc(Millis at) {
  const std::time_t seconds = at / 1000;
  std::tm time{};
  gmtime_r(&seconds, &time);
  return time;
}

std::string formatted(Millis at, const char* form) {
  const std::tm time = utc(at);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &time)};
}

}  // namespace

std::string_view colour(std::optional<Results> results) {
  if (!results) return "wait";
  switch (*results) {
    case Results::success:
    case Results::warnings:
      return "good";
    case Results::failure:
    case Results::exception:
      return "bad";
    default:
      return "dim";
  }
}

std::string iso(Millis at) {
  return formatted(at, "%Y-%m-%dT%H:%M:%SZ");
}

std::string duration(Millis length) {
  const Millis seconds = length / 1000;
  const auto two = [](Millis large, const char* of_large, Millis small, const char* of_small) {
    return std::to_string(large) + of_large + (small > 0 ? " " + std::to_string(small) + of_small : "");
  };
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return two(seconds / 60, " m", seconds % 60, " s");
  if (seconds < 48 * 3600) return two(seconds / 3600, " h", seconds / 60 % 60, " m");
  return two(seconds / 86400, " d", seconds / 3600 % 24, " h");
}

Html ago(Millis at, Millis now) {
  const Millis age = now - at;
  if (at <= 0) return text("never");
  std::string words;
  if (age < -1000) {
    words = "in " + duration(-age);
  } else if (age < 60'000) {
    words = std::to_string(std::max<Millis>(age, 0) / 1000) + " s ago";
  } else if (age < 3'600'000) {
    words = std::to_string(age / 60'000) + " m ago";
  } else if (age < 48 * 3'600'000LL) {
    words = std::to_string(age / 3'600'000) + " h ago";
  } else {
    words = std::to_string(age / 86'400'000) + " d ago";
  }
  return html(R"(<time datetime="{}" title="{}">{}</time>)", iso(at), formatted(at, "%Y-%m-%d %H:%M:%S UTC"),
              words);
}

Html next_try(Millis at, Millis now) {
  return at <= now ? text("due") : html("next try {}", ago(at, now));
}

Html cut(std::string_view text) {
  constexpr std::size_t most = 160;
  const std::string_view line = text.substr(0, text.find('\n'));
  if (line.size() == text.size() && text.size() <= most) return dashboard::text(text);
  constexpr std::size_t most_of_title = 1'000;
  const std::string begin(line.substr(0, 4 * most));  // in bytes: at least so many characters
  return html(R"(<span title="{}">{}</span>)", ellipsize(text, most_of_title), ellipsize(begin + "…", most));
}

Html moment(Millis at, Millis now) {
  const bool today = at / 86'400'000 == now / 86'400'000;
  return html(R"(<time datetime="{}" title="{}">{}</time>)", iso(at), formatted(at, "%Y-%m-%d %H:%M:%S UTC"),
              formatted(at, today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S"));
}

std::string_view word(std::optional<Results> results) {
  return results ? name(*results) : "running";
}

std::string_view sign(std::optional<Results> results) {
  if (!results) return "▶";
  switch (*results) {
    case Results::success:
      return "✓";
    case Results::warnings:
      return "!";
    case Results::failure:
      return "✗";
    case Results::skipped:
      return "–";
    case Results::exception:
      return "⚡";
    case Results::retry:
      return "↻";
    case Results::cancelled:
      return "⊘";
  }
  return "?";
}

Html result(std::optional<Results> results) {
  return html(R"(<span class="state {}">{} {}</span>)", colour(results), sign(results), word(results));
}

Html state(DeliveryState state) {
  std::string_view colour = "dim";
  std::string_view mark = "–";
  if (state == DeliveryState::waiting) {
    colour = "wait";
    mark = "◷";
  } else if (state == DeliveryState::delivered) {
    colour = "good";
    mark = "✓";
  } else if (state == DeliveryState::dead) {
    colour = "bad";
    mark = "✗";
  }
  return html(R"(<span class="state {}">{} {}</span>)", colour, mark, name(state));
}

Html options(const std::vector<std::string>& choices, std::string_view chosen) {
  Html list = html(R"(<option value="">any</option>)");
  for (const std::string& choice : choices) {
    list += choice == chosen ? html(R"(<option selected>{}</option>)", choice)
                             : html(R"(<option>{}</option>)", choice);
  }
  return list;
}

}  // namespace carillon::dashboard
