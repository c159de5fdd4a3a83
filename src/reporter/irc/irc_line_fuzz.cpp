// Lines of a hostile server: what is read can be written again where it can be said at all, and nothing that
// is written ends a line early or is too long.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/irc/irc_line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::irc;
  if (size < 1) return 0;
  const std::size_t piece = data[0] % 32 + 1U;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  LineReader reader;
  while (!input.empty()) {
    reader.add(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    while (const auto text = reader.next()) {
      if (text->find('\n') != std::string::npos || text->size() > LineReader::longest) std::abort();
      auto line = parse(*text);
      if (!line) continue;
      const Source source = source_of(line->source);
      if (source.nick.size() > line->source.size()) std::abort();
      const bool sayable =
          is_middle(line->command) && (line->source.empty() || is_middle(line->source)) &&
          std::all_of(line->tags.begin(), line->tags.end(),
                      [](const auto& tag) { return is_middle(tag.first); }) &&
          (line->params.empty() || std::all_of(line->params.begin(), line->params.end() - 1, is_middle));
      if (!sayable) continue;
      const std::string written = format(*line);
      if (written.find('\n') != written.size() - 1 || written.find('\r') != written.size() - 2) std::abort();
      if (written.find('\0') != std::string::npos) std::abort();
      line->tags.clear();
      if (format(*line).size() > max_line) std::abort();
    }
  }
  return 0;
}
