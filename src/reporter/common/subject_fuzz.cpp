// A format that was found right can be filled in with anything; one that was not has a reason.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/common/subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string_view format = input.substr(0, end);
  const std::string value(input.substr(end));
  const std::string wrong = check_subject(format, {"builder", "result"});
  if (!wrong.empty()) return 0;
  const std::string filled = fill_subject(format, {{"builder", value}, {"result", "success"}});
  if (format.find('%') == std::string_view::npos && filled != format) std::abort();
  static_cast<void>(fill_subject(format, {}));
  return 0;
}
