#include "app/terminal.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "base/encoding.hpp"

namespace carillon::app {

std::string time_text(Millis at) {
  const std::time_t seconds = at / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), size};
}

const char* word(rule::Decision::Outcome outcome) {
  switch (outcome) {
    case rule::Decision::Outcome::report:
      return "report";
    case rule::Decision::Outcome::summary:
      return "summary";
    case rule::Decision::Outcome::ignore:
      return "ignore";
  }
  return "unknown";
}

Colours::Colours() : on_(isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr) {}

std::string Colours::wrap(const char* code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string Colours::state(store::State state) const {
  const std::string_view word = name(state);
  switch (state) {
    case store::State::waiting:
      return wrap("33", word);
    case store::State::delivered:
      return wrap("32", word);
    case store::State::dead:
      return wrap("31", word);
    case store::State::superseded:
    case store::State::dropped:
    case store::State::skipped:
      return wrap("2", word);
  }
  return std::string(word);
}

std::string printable(std::string_view text) {
  std::string line = fold_to_line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace carillon::app
