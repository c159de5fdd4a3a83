#include "pipeline/log_reader.hpp"

#include <algorithm>

namespace carillon::pipeline {
namespace {

constexpr std::int64_t good_piece = 512 * 1024;                  // bytes
constexpr std::size_t max_json = std::size_t{4} << 20U;          // bytes of JSON
constexpr std::size_t max_line_answer = std::size_t{64} << 20U;  // of one line
constexpr std::int64_t first_count = 1000;                       // lines
constexpr std::int64_t max_count = 20'000;
constexpr std::int64_t fewer = 8;

std::string content_of(const json::value& answer) {
  if (!answer.is_object()) return {};
  const json::array* chunks = array_at(answer.get_object(), "logchunks");
  if (chunks == nullptr || chunks->empty() || !chunks->front().is_object()) return {};
  std::string text(string_at(chunks->front().get_object(), "content").value_or(""));
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

LogReader::LogReader(std::shared_ptr<source::Source> master, std::int64_t log, std::int64_t lines)
    : master_(std::move(master)),
      path_("logs/" + std::to_string(log) + "/contents"),
      lines_(lines),
      count_(first_count),
      end_(lines) {}

void LogReader::rewind() {
  next_ = 0;
  end_ = lines_;
  unread_.clear();
}

Task<std::string> LogReader::next() {
  if (!unread_.empty()) co_return std::exchange(unread_, std::string());
  while (next_ < lines_) {
    const std::int64_t count = std::min(count_, lines_ - next_);
    auto text = co_await ask(next_, count);
    if (!text) co_return text;
    if (count_ < count) continue;  // it was too much: again, fewer
    if (text->empty()) break;
    next_ += count;
    learn(text->size(), count);
    co_return text;
  }
  co_return std::string();
}

Task<std::string> LogReader::before() {
  while (end_ > 0) {
    const std::int64_t count = std::min(count_, end_);
    auto text = co_await ask(end_ - count, count);
    if (!text) co_return text;
    if (count_ < count) continue;
    if (text->empty()) break;
    end_ -= count;
    learn(text->size(), count);
    co_return text;
  }
  co_return std::string();
}

// When the answer is too large, count_ is less afterwards than what was asked for.
Task<std::string> LogReader::ask(std::int64_t first, std::int64_t count) {
  const std::string path = path_ + "?offset=" + std::to_string(first) + "&limit=" + std::to_string(count);
  auto answer = co_await master_->ask_more_up_to(path, count == 1 ? max_line_answer : max_json);
  if (!answer) co_return failed(answer);
  if (*answer) co_return content_of(**answer);
  if (count == 1) co_return std::string("[... a line that is too long is left out ...]\n");
  count_ = std::max<std::int64_t>(count / fewer, 1);
  co_return std::string();
}

void LogReader::learn(std::size_t bytes, std::int64_t lines) {
  const std::int64_t each = std::max<std::int64_t>(static_cast<std::int64_t>(bytes) / lines, 1);
  count_ =
      std::clamp<std::int64_t>(good_piece / each, 1, std::min(max_count, std::max(count_, lines) * fewer));
}

}  // namespace carillon::pipeline
