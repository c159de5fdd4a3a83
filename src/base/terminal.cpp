#include "base/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"

namespace carillon {

std::string time_text(Millis at) {
  const std::time_t seconds = at / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
  std::string told(text.data(), size);
  return told.insert(told.size() - 2, ":");
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::size_t terminal_width() {
  constexpr std::size_t usual = 80;
  constexpr std::size_t widest = 120;
  winsize size{};
  std::size_t columns = 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  const char* told = std::getenv("COLUMNS");
  if (columns == 0 && told != nullptr) columns = std::strtoul(told, nullptr, 10);
  return columns < 20 ? usual : std::min(columns, widest);
}

std::string filled(std::string_view text, std::size_t width, std::size_t column) {
  std::string out;
  std::size_t at = column;
  for (const std::string_view word : words_of(text)) {
    const std::size_t size = characters(word);
    if (!out.empty() && at + 1 + size > width) {
      out += "\n" + std::string(column, ' ');
      at = column;
    } else if (!out.empty()) {
      out += ' ';
      ++at;
    }
    out += word;
    at += size;
  }
  return out;
}

std::string shown_line(const std::string& indent, std::string_view text) {
  if (isatty(STDOUT_FILENO) == 0) return indent + std::string(text) + "\n";
  return indent + filled(text, terminal_width(), indent.size()) + "\n";
}

Colours::Colours() {
  const char* terminal = std::getenv("TERM");
  on_ = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && terminal != nullptr &&
        std::string_view(terminal) != "dumb";
}

std::string Colours::wrap(const char* code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  return visible(fold_to_line(text));
}

std::string printable_lines(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const auto blanks = std::min(line.find_first_not_of(" \t"), line.size());
    out.append(indent).append(line.substr(0, blanks)) += printable(line.substr(blanks)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace carillon
