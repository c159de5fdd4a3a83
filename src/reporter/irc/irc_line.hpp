// Lines of the IRC protocol (RFC 1459, RFC 2812, and IRCv3 message tags). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::reporter::irc {

// Octets of a line with its CR LF and without tags (RFC 2812 2.3).
inline constexpr std::size_t max_line = 512;

struct Line {
  // Unescaped; without a value: an empty one.
  std::map<std::string, std::string> tags;
  // The prefix without its colon; empty: none.
  std::string source;
  // As it stands.
  std::string command;
  std::vector<std::string> params;

  // The parameter, or an empty text where there are fewer.
  std::string_view param(std::size_t index) const;

  friend bool operator==(const Line&, const Line&) = default;
};

// One line without its CR LF; several spaces separate as one does. nullopt: it has no command.
std::optional<Line> parse(std::string_view text);

// The line with CR LF. Holds no CR, LF and NUL of data: the last parameter has spaces instead. Without its
// tags it has at most max_line octets: the last parameter is cut between characters. Throws
// std::logic_error when another part cannot be said (empty, with a space, a leading colon, ...; see
// is_middle).
std::string format(const Line& line);
std::string format(std::string_view command, std::vector<std::string> params);

// Whether a text can be a parameter that is not the last one: not empty, no leading colon, no space, CR, LF
// and NUL.
bool is_middle(std::string_view text);

// "nick!user@host"; a server's name is a nick, too.
struct Source {
  std::string nick;
  std::string user;
  std::string host;
  friend bool operator==(const Source&, const Source&) = default;
};
Source source_of(std::string_view text);

// Bytes in, lines out.
class LineReader {
 public:
  // A longer line is dropped up to its end: 8191 octets of tags and max_line (IRCv3 message tags).
  static constexpr std::size_t longest = 8191 + max_line;

  void add(std::string_view bytes);
  // The next line without its end (LF, CR LF), empty ones left out; nullopt: none is complete.
  std::optional<std::string> next();

 private:
  std::string buffer_;
  // Of what is not taken yet.
  std::size_t begin_ = 0;
  // The rest of a line that was too long.
  bool dropping_ = false;
};

}  // namespace carillon::reporter::irc
