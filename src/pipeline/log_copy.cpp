#include "pipeline/log_copy.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/piecewise.hpp"
#include "reporter/log_file.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::uint64_t marker_room = 64;  // bytes for the line about what is left out

std::int64_t lines_in(std::string_view text) {
  return std::ranges::count(text, '\n');
}

// Of the first lines of the text; none when the number is negative.
std::size_t bytes_of(std::string_view text, std::int64_t lines) {
  std::size_t end = 0;
  for (; lines > 0 && end < text.size(); --lines)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return end;
}

// Where to cut a text to at most so many bytes: after a line, else after a character.
std::size_t head_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  const auto line = text.rfind('\n', most == 0 ? 0 : most - 1);
  if (line != std::string_view::npos && line < most) return line + 1;
  return utf8_prefix(text, most).size();
}

// Where the last `most` bytes begin, not within a character.
std::size_t tail_of(std::string_view text, std::size_t most) {
  std::size_t begin = text.size() - std::min(text.size(), most);
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U)
    ++begin;
  return begin;
}

// "\n[... 7 lines left out ...]\n", as long as wanted.
std::string marker(std::int64_t lines, std::size_t size, bool after_line) {
  const std::string words = " " + std::to_string(std::max<std::int64_t>(lines, 0)) + " lines left out ...]\n";
  std::string text = after_line ? "[" : "\n[";
  const std::size_t least = text.size() + words.size() + 3;
  text.append(3 + (size > least ? size - least : 0), '.');
  return text + words;
}

Failure shorter() {
  return Failure{Failure::Kind::unreachable, "a log became shorter while it was read", std::nullopt};
}

// One copy to a file: forward until it is too long, then what its end is, backward from the last byte that it
// may have.
class Copy {
 public:
  Copy(LogReader& reader, std::uint64_t max, bool plain, const WriteAt& write_at)
      : reader_(reader), max_(max), plain_(plain), write_at_(write_at) {}

  Task<CopiedLog> run() {
    auto whole = co_await forward();
    if (!whole) co_return failed(whole);
    if (*whole) co_return copied_;
    copied_ = {};
    copied_.cut = true;
    auto done = co_await backward();
    if (!done) co_return failed(done);
    if (*done) co_return copied_;
    // Its lines are not alike, and it would have fitted: again, without a guess.
    guess_ = false;
    head_.reset();
    copied_ = {};
    reader_.rewind();
    co_return co_await run();
  }

 private:
  struct Head {
    std::uint64_t size = 0, escaped = 0;
    std::int64_t lines = 0;
    bool after_line = true;
  };

  // Whether that was all of it; otherwise head_ is known.
  Task<bool> forward() {
    std::int64_t lines = 0;
    while (true) {
      auto raw = co_await reader_.next();
      if (!raw) co_return failed(raw);
      if (raw->empty()) co_return true;
      std::string piece = plain_ ? reporter::without_channels(*raw) : std::move(*raw);
      const bool too_long = copied_.size + piece.size() > max_;
      if (!head_ && copied_.size + piece.size() >= head_room()) {
        const std::size_t cut = head_of(piece, head_room() - copied_.size);
        const std::string_view kept = std::string_view(piece).substr(0, cut);
        head_ = Head{copied_.size + cut, copied_.escaped + json_escaped_size(kept), lines + lines_in(kept),
                     cut == 0 || kept.ends_with('\n')};
        if (too_long || hopeless(lines + lines_in(piece), copied_.size + piece.size())) {
          auto written = co_await write_at_(copied_.size, piece.substr(0, cut));
          if (!written) co_return failed(written);
          co_return false;
        }
      } else if (too_long) {
        co_return false;
      }
      const std::uint64_t at = copied_.size;
      copied_.size += piece.size();
      copied_.escaped += json_escaped_size(piece);
      lines += lines_in(piece);
      auto written = co_await write_at_(at, std::move(piece));
      if (!written) co_return failed(written);
    }
  }

  // False: the head's lines were reached, so there was room for all.
  Task<bool> backward() {
    std::uint64_t at = max_;
    std::int64_t lines = 0;
    const std::uint64_t floor = head_->size + marker_room;
    while (at > floor) {
      auto raw = co_await reader_.before();
      if (!raw) co_return failed(raw);
      std::string piece = plain_ ? reporter::without_channels(*raw) : std::move(*raw);
      const bool last = piece.size() >= at - floor;
      const std::size_t known = bytes_of(piece, head_->lines - reader_.left_before());
      if (piece.empty() || (known > 0 && piece.size() - known < at - floor)) {
        if (guess_) co_return false;
        co_return failed(shorter());
      }
      if (last) piece.erase(0, tail_of(piece, at - floor));
      at -= piece.size();
      lines += lines_in(piece);
      copied_.escaped += json_escaped_size(piece);
      auto written = co_await write_at_(at, std::move(piece));
      if (!written) co_return failed(written);
      if (last) break;
    }
    std::string words = marker(reader_.lines() - head_->lines - lines, at - head_->size, head_->after_line);
    copied_.size = max_;
    copied_.escaped += head_->escaped + json_escaped_size(words);
    auto written = co_await write_at_(head_->size, std::move(words));
    if (!written) co_return failed(written);
    co_return true;
  }

  std::uint64_t head_room() const { return (max_ - marker_room) / 2; }

  // Whether the lines so far say that all of them are far too much.
  bool hopeless(std::int64_t lines, std::uint64_t size) const {
    const double whole = static_cast<double>(size) / static_cast<double>(std::max<std::int64_t>(lines, 1)) *
                         static_cast<double>(reader_.lines());
    return guess_ && whole > 2 * static_cast<double>(max_);
  }

  LogReader& reader_;
  std::uint64_t max_;
  bool plain_;
  const WriteAt& write_at_;
  bool guess_ = true;
  std::optional<Head> head_;
  CopiedLog copied_;
};

}  // namespace

Task<std::string> read_log(LogReader& reader, std::size_t max_bytes) {
  std::string head;
  while (head.size() <= max_bytes) {
    auto piece = co_await reader.next();
    if (!piece) co_return piece;
    if (piece->empty()) co_return head;
    head += *piece;
  }
  head.resize(head_of(head, max_bytes / 2));
  head.shrink_to_fit();
  std::string tail;
  while (tail.size() < max_bytes / 2) {
    auto piece = co_await reader.before();
    if (!piece) co_return piece;
    if (piece->empty()) co_return failed(shorter());
    tail.insert(0, *piece);
  }
  std::size_t begin = tail_of(tail, max_bytes / 2);
  const auto line = tail.find('\n', begin == 0 ? 0 : begin - 1);
  if (line != std::string::npos && line + 1 < tail.size()) begin = begin == 0 ? 0 : line + 1;
  tail.erase(0, begin);
  const std::int64_t left_out = reader.lines() - lines_in(head) - lines_in(tail);
  co_return head + marker(left_out, 0, head.empty() || head.ends_with('\n')) + tail;
}

Task<CopiedLog> copy_log(LogReader& reader, std::uint64_t max_bytes, bool plain, const WriteAt& write_at) {
  Copy copy(reader, max_bytes, plain, write_at);
  co_return co_await copy.run();
}

}  // namespace carillon::pipeline
