// HTML that nobody can break out of: only literals are markup, everything else is escaped.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace carillon::dashboard {

// A piece of a page. Made of literals by html(), and of texts by text(); nothing else makes one.
class Html {
 public:
  Html() = default;
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  friend Html operator+(Html left, const Html& right) {
    left += right;
    return left;
  }

 private:
  friend class Piece;
  friend Html text(std::string_view foreign);
  friend Html assembled(std::string_view pattern, std::initializer_list<class Piece> pieces);
  std::string text_;
};

// Escaped, also for an attribute in double quotes. Characters that control a terminal or turn the direction
// of writing are shown as '?', lines stay lines; what is no UTF-8 is U+FFFD.
Html text(std::string_view foreign);

// A literal in the source, with "{}" where each of `places` pieces belongs; any other number is an error of
// the compiler.
template <std::size_t places>
class Pattern {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Pattern(const char* literal) : text_(literal) {
    std::size_t found = 0;
    for (std::size_t at = text_.find("{}"); at != std::string_view::npos; at = text_.find("{}", at + 2))
      ++found;
    if (found != places) throw "as many {} as there are pieces";
  }
  std::string_view str() const { return text_; }

 private:
  std::string_view text_;
};

// What stands in a pattern's place: markup as it is, a number, or a text, which is escaped.
class Piece {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  Piece(const Html& html) : shown_(html.text_) {}
  Piece(std::string_view foreign) : made_(text(foreign).text_), shown_(made_) {}
  Piece(const std::string& foreign) : Piece(std::string_view(foreign)) {}
  Piece(const char* foreign) : Piece(std::string_view(foreign)) {}
  template <std::integral Number>
  Piece(Number number) : made_(std::to_string(number)), shown_(made_) {}
  // NOLINTEND(google-explicit-constructor)
  ~Piece() = default;
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  std::string_view str() const { return shown_; }

 private:
  std::string made_;
  // Of made_, or of an Html that outlives it: whole pages are put together so, and not copied each time.
  std::string_view shown_;
};

// What html() does; its pattern is no longer known to be a literal: for html() alone.
Html assembled(std::string_view pattern, std::initializer_list<Piece> pieces);

// The pattern with its "{}" replaced in order.
template <class... Pieces>
Html html(std::type_identity_t<Pattern<sizeof...(Pieces)>> pattern, const Pieces&... pieces) {
  return assembled(pattern.str(), {Piece(pieces)...});
}

// A link to where others say, in a window of its own; where the address is not http or https, the words
// alone.
Html foreign_link(std::string_view url, std::string_view words);

}  // namespace carillon::dashboard
