// The output of a command, and what is said of it: bounded, and one line of valid JSON whatever the bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "exec/capture.hpp"
#include "exec/report.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::exec;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t most = data[0];
  const std::size_t piece = data[1] % 32 + 1U;
  Capture whole(most);
  whole.add(bytes);
  Capture pieces(most);
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
    pieces.add(rest.substr(0, piece));
  const std::string log = whole.text();
  if (pieces.text() != log || pieces.total() != bytes.size()) std::abort();
  if (valid_utf8(log) != log || log.find('\0') != std::string::npos) std::abort();
  if (log.size() > 3 * most + 60) std::abort();

  const std::string text(bytes);
  Job job;
  job.notes.builder = text;
  job.notes.reason = text;
  job.notes.revision = text;
  job.notes.properties = {{text, text}};
  job.command = {text};
  job.id = "1-a";
  Ending ending;
  ending.not_run = text;
  for (const std::string& line : {start_line(job), end_line(job, ending, {}, 0, log), lost_line(job)}) {
    if (line.find('\n') != line.size() - 1) std::abort();
    const json::value value = json::parse(line);
    if (string_at(value.get_object(), "m.builder.name") != valid_utf8(text)) std::abort();
  }
  return 0;
}
