// The body of a mail as SMTP's DATA wants it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::smtp {

// Hands out the message piece by piece: line ends become CRLF (a lone CR or LF too, so that no relay sees an
// end of data where another sees none), a leading dot is doubled (RFC 5321 4.5.2), and the final ".CRLF" is
// added.
class DataEncoder {
 public:
  DataEncoder() = default;
  // The message outlives the encoder.
  explicit DataEncoder(std::string_view message) : message_(message), finished_(false) {}

  // Appends until out has at least `limit` bytes or everything has been handed out.
  void append_to(std::string& out, std::size_t limit);
  bool finished() const { return finished_; }

 private:
  std::string_view message_;
  std::size_t at_ = 0;
  bool line_start_ = true;
  bool finished_ = true;
};

}  // namespace carillon::smtp
