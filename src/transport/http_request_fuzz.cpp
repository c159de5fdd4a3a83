// Whatever URL, method and headers a configuration names: what is written is one well-formed head.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transport/http_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::http;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto take = [&input] {
    const auto end = std::min(input.find('\0'), input.size());
    std::string piece(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return piece;
  };
  Request request;
  request.method = take();
  request.url = take();
  request.secret_query = take();
  std::string name = take();
  std::string value = take();
  if (!name.empty()) request.headers.emplace_back(std::move(name), std::move(value));
  request.body = take();
  const auto target = checked_target(request);
  if (!target) {
    if (target.error().what.find_first_of("\r\n") != std::string::npos) std::abort();
    return 0;
  }
  const auto to = plain(request, *target);
  if (!to) return 0;
  const std::string& head = to->head;
  if (!head.starts_with(request.method + " /") || !head.ends_with("\r\n\r\n")) std::abort();
  if (head.find("\r\n\r\n") != head.size() - 4) std::abort();  // nothing ends it early
  std::size_t lines = 0;
  for (std::size_t at = 0; at < head.size(); ++at) {
    const bool pair = head[at] == '\r' && head[at + 1] == '\n';
    if (head[at] == '\0' || (head[at] == '\n') || (head[at] == '\r' && !pair)) std::abort();
    if (!pair) continue;
    ++lines;
    ++at;
  }
  const bool has_length = head.find("\r\nContent-Length: ") != std::string::npos;
  if (lines > 6 + request.headers.size() + (has_length ? 1 : 0)) std::abort();
  if (to->host.empty() || to->port.empty() || to->host.find_first_of("[]@/ ") != std::string::npos)
    std::abort();
  return 0;
}
