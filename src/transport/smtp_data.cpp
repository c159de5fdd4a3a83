#include "transport/smtp_data.hpp"

namespace carillon::smtp {

void DataEncoder::add(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  if (after_cr_ && piece.front() == '\n') piece.remove_prefix(1);
  after_cr_ = false;
  while (!piece.empty()) {
    if (line_start_ && piece.front() == '.') out += '.';
    std::size_t end = 0;
    while (end < piece.size() && piece[end] != '\r' && piece[end] != '\n')
      ++end;
    out += piece.substr(0, end);
    line_start_ = end < piece.size();
    if (!line_start_) return;
    out += "\r\n";
    const bool cr = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    if (cr && piece.starts_with('\n')) {
      piece.remove_prefix(1);
    } else {
      after_cr_ = cr && piece.empty();
    }
  }
}

void DataEncoder::end(std::string& out) {
  if (!line_start_) out += "\r\n";
  out += ".\r\n";
}

}  // namespace carillon::smtp
