#include "transport/http_answer.hpp"

#include <algorithm>
#include <charconv>

#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::http {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view without_blanks_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool add_to_body(Response& response, std::string_view piece, std::size_t max_body) {
  const std::size_t room = max_body - response.body.size();
  response.body += piece.substr(0, room);  // the same in whatever pieces it comes
  response.too_large = piece.size() > room;
  return !response.too_large;
}

std::string body_too_large(std::size_t max_body) {
  return "the answer is larger than " + std::to_string(max_body) + " bytes";
}

std::string header_too_large() {
  return "the header of the answer is larger than " + std::to_string(max_header) + " bytes";
}

void add_folded(std::string& value, std::string_view line) {
  line = trim(line);
  if (!value.empty() && !line.empty()) value += ' ';
  value += line;
}

void AnswerReader::fail(std::string why) {
  state_ = State::failed;
  error_ = std::move(why);
}

void AnswerReader::feed(std::string_view bytes) {
  std::string_view line;
  while (!bytes.empty()) {
    switch (state_) {
      case State::done:
        excess_ = true;
        return;
      case State::failed:
        return;
      case State::body:
      case State::chunk:
        add_body(bytes, remaining_);
        break;
      case State::rest:
        add_body(bytes, bytes.size());
        break;
      default:
        if (take_line(bytes, line)) on_line(line);
    }
  }
}

void AnswerReader::end() {
  if (state_ == State::rest) {
    state_ = State::done;
    keep_ = false;
    return;
  }
  if (state_ != State::done && state_ != State::failed) fail(std::string(cut_short));
}

bool AnswerReader::take_line(std::string_view& bytes, std::string_view& line) {
  const auto end = bytes.find('\n');
  const bool whole = end != std::string_view::npos;
  const std::string_view piece = bytes.substr(0, whole ? end : bytes.size());
  bytes.remove_prefix(whole ? end + 1 : bytes.size());
  header_size_ += piece.size() + 1;
  // Lines of chunks are bounded one by one: there may be any number of them.
  if (header_size_ > max_header) {
    fail(header_too_large());
    return false;
  }
  if (line_is_over_) line_.clear();
  line_is_over_ = whole;
  if (!whole || !line_.empty()) line_ += piece;
  if (!whole) return false;
  line = line_.empty() ? piece : std::string_view(line_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

void AnswerReader::on_line(std::string_view line) {
  if (state_ == State::status) {
    on_status(line);
  } else if (state_ == State::header) {
    on_header(line);
  } else if (state_ == State::chunk_size) {
    header_size_ = 0;
    on_chunk_size(line);
  } else if (state_ == State::chunk_end) {
    header_size_ = 0;
    if (!line.empty()) return fail("a chunk of the answer is longer than it says");
    state_ = State::chunk_size;
  } else if (line.empty()) {  // a trailer tells nothing that anybody wants to know
    state_ = State::done;
  }
}

// "HTTP/1.1 200 OK"; three digits at most, as libcurl takes them.
void AnswerReader::on_status(std::string_view line) {
  constexpr std::string_view protocol = "HTTP/";
  std::string_view rest = line.substr(std::min(protocol.size(), line.size()));
  const auto space = rest.find(' ');
  const std::string_view version = rest.substr(0, space);
  const bool old = version.size() == 3 && version.starts_with("1.") && is_digit(version[2]);
  const bool known = old || version == "2" || version == "3";
  if (!line.starts_with(protocol) || !known || space == rest.npos) return fail("not an answer in HTTP");
  rest = without_blanks_before(rest.substr(space));
  const char* const first = rest.data();
  const char* const last = first + std::min<std::size_t>(rest.size(), 3);
  const bool digits = !rest.empty() && is_digit(rest.front());
  const char* const end = digits ? std::from_chars(first, last, response_.status).ptr : first;
  if (end == first || (end != first + rest.size() && is_digit(*end)))
    return fail("not an answer in HTTP: it has no status");
  keep_ = old && version != "1.0";
  state_ = State::header;
}

void AnswerReader::on_header(std::string_view line) {
  if (line.empty()) return on_header_end();
  if (line.find('\0') != line.npos) return fail("not an answer in HTTP: there is a NUL in its header");
  if (blanks.find(line.front()) != blanks.npos && !response_.headers.empty()) {
    return add_folded(response_.headers.back().second, line);
  }
  const auto colon = line.find(':');
  if (colon == line.npos) return fail("not an answer in HTTP: a line of its header has no colon");
  response_.headers.emplace_back(lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
}

void AnswerReader::on_field(std::string_view name, std::string_view value) {
  if (name == "content-length") {
    on_length(value);
  } else if (name == "transfer-encoding") {
    for (const std::string_view word : words_of(value, ", \t")) {
      if (same_letters(word, "chunked")) {
        chunked_ = true;
      } else if (!same_letters(word, "identity")) {
        strange_encoding_ = true;
      }
    }
  } else if (name == "connection") {
    for (const std::string_view word : words_of(value, ", \t")) {
      if (same_letters(word, "close")) keep_ = false;
      if (same_letters(word, "keep-alive")) keep_ = true;
    }
  }
}

// The last one counts. One that is too large for a number is none.
void AnswerReader::on_length(std::string_view value) {
  if (value.empty() || !is_digit(value.front()))
    return fail("not an answer in HTTP: its Content-Length is not a number");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  has_length_ = error == std::errc();
  remaining_ = has_length_ ? length : 0;
}

void AnswerReader::on_header_end() {
  const int status = response_.status;
  if (status >= 100 && status < 200 && status != 101) {
    response_ = {};
    state_ = State::status;
    return;
  }
  const bool no_body = head_only_ || status == 204 || status == 304;
  for (const auto& [name, value] : response_.headers) {
    on_field(name, value);
    if (state_ == State::failed && !no_body) return;
  }
  error_.clear();
  header_size_ = 0;
  if (chunked_ && has_length_)
    keep_ = false;  // RFC 9112, 6.1: somebody on the way may have read it otherwise
  if (no_body || (!chunked_ && has_length_ && remaining_ == 0)) {
    state_ = State::done;
  } else if (strange_encoding_) {
    fail("the answer is encoded in a way that was not asked for");
  } else if (chunked_) {
    state_ = State::chunk_size;
  } else if (has_length_) {
    state_ = State::body;
  } else {
    state_ = State::rest;
  }
}

void AnswerReader::on_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  if (error != std::errc()) return fail("a chunk of the answer has no size");
  remaining_ = size;
  state_ = size == 0 ? State::trailer : State::chunk;
}

void AnswerReader::add_body(std::string_view& bytes, std::uint64_t most) {
  const auto piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes.size())));
  if (!add_to_body(response_, piece, max_body_)) return fail(body_too_large(max_body_));
  bytes.remove_prefix(piece.size());
  if (state_ == State::rest) return;
  remaining_ -= piece.size();
  if (remaining_ == 0) state_ = state_ == State::chunk ? State::chunk_end : State::done;
}

}  // namespace carillon::http
