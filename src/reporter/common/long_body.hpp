// A payload with files in it, put together while it is sent: only a piece of it is in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/piecewise.hpp"
#include "base/task.hpp"
#include "reporter/log_file.hpp"
#include "spool/spool.hpp"

namespace carillon::reporter {

// Text that stands in the payload as base64 in lines, and may be cut as files are.
struct InlineText {
  // In the payload.
  std::uint64_t at = 0;
  // Bytes there.
  std::uint64_t size = 0;
  // For the operator: "compile.stdio".
  std::string label;
  friend bool operator==(const InlineText&, const InlineText&) = default;
};

class LongBody {
 public:
  enum class Encoding {
    base64,  // in lines of 76 characters
    json,    // as within the quotes of a JSON string
  };

  // The spool and the payload outlive it. spool: null where nothing runs. texts: only as base64.
  LongBody(spool::Spool* spool, std::string_view payload, std::vector<PayloadFile> files, Encoding encoding,
           std::vector<InlineText> texts = {});

  // Before all else. A file that is not there any more is replaced by a line that says so. Failure:
  // unreachable, the disk cannot be read now, or there is no spool.
  Task<void> open();

  // Goes to the beginning. max_size: bytes that the whole should have at most, 0: any number; as base64,
  // files and texts are cut to head and tail for it, the longest first, down to a line that says so. Failure:
  // as open().
  Task<void> begin(std::uint64_t max_size = 0);

  std::uint64_t size() const { return size_; }  // bytes, since begin()

  // The next piece, some 64 KB, valid until the next call; empty at the end. Failure: as open().
  Task<std::string_view> read();

  const std::vector<std::string>& lost() const {
    return lost_;
  }  // labels of files that are not there any more
  const std::vector<std::string>& cut() const { return cut_; }  // of those that were cut by begin()

 private:
  // A stretch of what is sent: of the payload as it is; text or bytes of a file that are encoded; the end of
  // what is encoded as one.
  struct Stretch {
    enum class Kind { text, encoded, file, end };
    Kind kind = Kind::end;
    std::string_view text;
    std::shared_ptr<const spool::File> file;
    // Of the file.
    std::uint64_t begin = 0, end = 0;
  };
  struct Part {
    PayloadFile facts;
    std::shared_ptr<const spool::File> file;
    // Where there is no file.
    std::string instead;
    // An InlineText of facts.at and `width`.
    bool inside = false;
    // Bytes in the payload.
    std::uint64_t width = 0;
    // Of an InlineText that is cut.
    std::string content;
    // Between head and tail.
    std::string marker;
    // Bytes, when it is cut.
    std::uint64_t head = 0, tail = 0;

    bool cut() const { return !marker.empty(); }
    std::uint64_t bytes() const;
  };

  Task<void> shorten(Part& part, std::uint64_t most);
  Task<std::string> look(const Part& part, std::uint64_t at, std::uint64_t size) const;
  std::uint64_t encoded_size(const Part& part) const;
  void lay_out();
  void encode(std::string_view bytes);

  spool::Spool* spool_;
  std::string_view payload_;
  Encoding encoding_;
  std::vector<Part> parts_;
  std::vector<Stretch> stretches_;
  std::uint64_t size_ = 0;
  std::vector<std::string> lost_;
  std::vector<std::string> cut_;

  // Stretch.
  std::size_t at_ = 0;
  // In it.
  std::uint64_t offset_ = 0;
  // Bytes.
  std::uint64_t given_ = 0;
  Base64Lines lines_;
  std::string out_;
};

}  // namespace carillon::reporter
