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

}  // namespace carillon::reporter
