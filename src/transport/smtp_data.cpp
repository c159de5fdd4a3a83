#include "transport/smtp_data.hpp"

#include <algorithm>

namespace carillon::smtp {

void DataEncoder::append_to(std::string& out, std::size_t limit) {
  while (at_ < message_.size() && out.size() < limit) {
    if (line_start_ && message_[at_] == '.') out += '.';
    line_start_ = false;
    const std::size_t most = std::min(message_.size(), at_ + limit);
    std::size_t end = at_;
    while (end < most && message_[end] != '\r' && message_[end] != '\n')
      ++end;
    out.append(message_, at_, end - at_);
    at_ = end;
    if (end == most) continue;
    at_ += message_[end] == '\r' && end + 1 < message_.size() && message_[end + 1] == '\n' ? 2 : 1;
    out += "\r\n";
    line_start_ = true;
  }
  if (at_ == message_.size() && !finished_) {
    if (!line_start_) out += "\r\n";
    out += ".\r\n";
    finished_ = true;
  }
}

}  // namespace carillon::smtp
