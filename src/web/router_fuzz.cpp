// Paths that anybody may ask for.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/router.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::web;
  static const Router& router = [&]() -> Router& {
    static Router made;
    made.keep("GET", "/health", Route());
    made.keep("POST", "/hook/{name}", Route());
    made.keep("POST", "/hook/known", Route());
    made.keep("GET", "/builders/{builder}/builds/{number}", Route());
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Head head;
  const auto blank = text.find(' ');
  head.method = std::string(text.substr(0, blank));
  if (blank != std::string_view::npos) head.path = std::string(text.substr(blank + 1));
  const Router::Found found = router.find(head);
  if ((found.route == nullptr) != found.answer.has_value()) std::abort();
  if (!found.route && !head.parameters.empty()) std::abort();
  if (found.route && head.method != "GET" && head.method != "HEAD" && head.method != "POST") std::abort();
  for (const auto& [name, value] : head.parameters) {
    if (name != "name" && name != "builder" && name != "number") std::abort();
    if (value.size() > head.path.size()) std::abort();
  }
  if (found.answer && found.answer->status != 404 && found.answer->status != 405) std::abort();
  return 0;
}
