// Text for people: times, colours, columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace carillon {

// "2026-01-31 12:00:05 +01:00", local time; --since and the like take it.
std::string time_text(Millis at);

// "1 report", "2 reports".
std::string counted(std::uint64_t count, std::string_view thing);

// Columns of the terminal that standard output is, else of $COLUMNS, else 80; at most 120.
std::size_t terminal_width();

// The text's words in lines of at most `width` columns; the lines but the first begin with `column` blanks,
// and so much is taken of the first one already. A longer word stands alone: no address is broken.
std::string filled(std::string_view text, std::size_t width, std::size_t column);

// The same for a line that begins with these blanks: filled where standard output is a terminal, whole where
// a program reads it.
std::string shown_line(const std::string& indent, std::string_view text);

// Colours only when standard output is a terminal that has them: not with NO_COLOR, nor TERM=dumb.
class Colours {
 public:
  Colours();
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  // code: of the terminal ("31": red).
  std::string wrap(const char* code, std::string_view text) const;

 private:
  bool on_;
};

// One line; control characters and the like in data (base/visible.hpp) are shown as '?', so that a build's
// name cannot play with the terminal.
std::string printable(std::string_view text);

// The same for text of several lines, which stay apart, and keep the blanks at their beginning.
std::string printable_lines(std::string_view text, std::string_view indent = "");

}  // namespace carillon
