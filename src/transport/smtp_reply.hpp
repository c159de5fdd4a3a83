// SMTP replies (RFC 5321, 4.2) and the capabilities in the reply to EHLO. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::smtp {

// A complete reply of one or more lines.
struct Reply {
  // 200..599.
  int code = 0;
  // What follows the code on each line, without CRLF.
  std::vector<std::string> lines;

  // "550 5.1.1 no such user": code and text on one line, printable, at most 500 characters.
  std::string text() const;
  bool positive() const { return code >= 200 && code < 300; }
  bool transient() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }
};

// Cuts replies out of a stream of bytes, fed in pieces of any size. Line ends may be CRLF or LF.
class ReplyParser {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // Bytes that no reply has used yet.
  bool pending() const { return !buffer_.empty() || !partial_.lines.empty(); }
  // Forgets what has come and was not used: after STARTTLS whatever was sent in the clear must not count.
  void clear();

  // The next complete reply; nullopt when more bytes are needed, or after error() has become non-empty. A
  // line that is longer than 4096 octets, a reply of more than 256 lines, a line that does not begin with
  // 2xx..5xx and a separator, and lines of one reply with different codes are errors. There is no way back
  // from one.
  std::optional<Reply> next();
  // What came instead of a reply, for the operator: one printable line.
  const std::string& error() const { return error_; }

 private:
  // true when the reply is complete.
  bool add_line(std::string_view line);

  std::string buffer_;
  Reply partial_;
  std::string error_;
};

// What the relay offers (RFC 5321 4.1.1.1 and the extensions' own RFCs).
struct Capabilities {
  // RFC 2920.
  bool pipelining = false;
  // RFC 3207.
  bool starttls = false;
  // 8BITMIME, RFC 6152.
  bool eight_bit = false;
  // RFC 6531.
  bool smtputf8 = false;
  // RFC 1870.
  bool size = false;
  // 0: no limit announced.
  std::uint64_t max_size = 0;
  // RFC 4616.
  bool auth_plain = false;
  // No RFC; what many relays offer only.
  bool auth_login = false;
  // RFC 2195.
  bool auth_cram_md5 = false;
  // No RFC; Google's and Microsoft's.
  bool auth_xoauth2 = false;
};
Capabilities capabilities_of(const Reply& ehlo);

// Printable ASCII and valid UTF-8 stay, anything else becomes '?'; at most max_chars characters. For texts
// that the other side chose and an operator reads.
std::string printable(std::string_view text, std::size_t max_chars);

}  // namespace carillon::smtp
