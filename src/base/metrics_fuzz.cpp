// Names of masters and reporters are labels: whatever they hold, each sample is one line, and its value is
// read back as it was.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/metrics.hpp"

namespace {

// The value of the label that begins there, and where it ends.
std::string unescaped(std::string_view text, std::size_t& at) {
  std::string out;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    ++at;
    out += text.at(at) == 'n' ? '\n' : text.at(at);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::metrics;
  const std::string value(data, data + size);
  Page page([](std::string_view text) { return std::string(text); });
  page.family("bells", Type::counter, value);
  const std::size_t before = page.text().size();
  page.sample({{"reporter", value}, {"state", "dead"}}, 7);
  const std::string_view line = std::string_view(page.text()).substr(before);
  if (line.find('\n') != line.size() - 1) std::abort();
  const std::string_view start = "bells{reporter=\"";
  if (!line.starts_with(start)) std::abort();
  std::size_t at = start.size();
  const std::string read = unescaped(line, at);
  if (read != carillon::valid_utf8(value) || line.substr(at) != "\",state=\"dead\"} 7\n") std::abort();
  std::size_t lines = 0;
  for (const char c : page.text())
    lines += c == '\n' ? 1 : 0;
  if (lines != 3) std::abort();
  return 0;
}
