// The body of a mail as SMTP's DATA wants it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon::smtp {

// Takes the message piece by piece: line ends become CRLF (a lone CR or LF too, so that no relay sees an end
// of data where another sees none), a leading dot is doubled (RFC 5321 4.5.2), and the final ".CRLF" is
// added. The pieces may be cut anywhere.
class DataEncoder {
 public:
  // Appends the piece to out: at most twice its size and one byte.
  void add(std::string& out, std::string_view piece);
  void end(std::string& out);

 private:
  bool line_start_ = true;
  // The CR was written as a line end; an LF now belongs to it.
  bool after_cr_ = false;
};

}  // namespace carillon::smtp
