#include "reporter/log_file.hpp"

#include <algorithm>

namespace carillon::reporter {

bool LogChoice::wants(const std::string& step, const std::string& log) const {
  return all || std::ranges::find(names, log) != names.end() ||
         std::ranges::find(names, step + "." + log) != names.end();
}

std::string with_stand_ins(std::string_view payload, const std::vector<PayloadFile>& files,
                           std::uint64_t begin,
                           const std::function<std::string(const std::string&)>& as_written) {
  std::string out;
  std::size_t done = 0;
  for (const PayloadFile& file : files) {
    const std::size_t at = std::min<std::size_t>(file.at - std::min(file.at, begin), payload.size());
    out += payload.substr(done, at - done);
    out += as_written("[" + file.label + ": " + std::to_string(file.size) + " bytes]");
    done = at;
  }
  out += payload.substr(done);
  return out;
}

std::string without_channels(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const bool channel = text.front() == 'o' || text.front() == 'e' || text.front() == 'h';
    out += text.substr(channel ? 1 : 0, end - (channel ? 1 : 0));
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace carillon::reporter
