// Answers in HTTP/1.x, read as libcurl reads them, so that both ways of the client agree. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/http.hpp"

namespace carillon::http {

// What both ways keep and say of an answer that is no whole one.

// Adds a piece of the body. false: it is larger than max_body; what there is room for is added.
bool add_to_body(Response& response, std::string_view piece, std::size_t max_body);
std::string body_too_large(std::size_t max_body);
std::string header_too_large();
inline constexpr std::string_view cut_short = "the server closed the connection in the middle of its answer";

// A header's value that goes on in a second line, which begins with a blank.
void add_folded(std::string& value, std::string_view line);

// Reads one answer out of a stream of bytes, fed in pieces of any size; 1xx before it are passed over. It is
// tolerant where the meaning is clear: lines may end in LF alone, the reason may be missing, a blank may
// stand before a colon, a header may go on in the next line, and chunks win over a Content-Length.
class AnswerReader {
 public:
  // head_only: of a HEAD request, whose answer has no body whatever it says. max_body: bytes; more is an
  // error.
  AnswerReader(bool head_only, std::size_t max_body) : head_only_(head_only), max_body_(max_body) {}

  // Takes what has come. Nothing happens after done() or an error; what comes after the answer is not kept.
  void feed(std::string_view bytes);

  // No more will come. Some answers are complete by that, others are an error.
  void end();

  bool done() const { return state_ == State::done; }
  // Why it cannot be read on, for the operator: one line; empty as long as all is well.
  const std::string& error() const { return error_; }

  // Whether the connection may serve again: the answer is done, says so, and nothing came after it.
  bool keeps_connection() const { return done() && keep_ && !excess_; }

  // What has been read so far; the status is 0 until that of the answer has come. Ends the use of the reader.
  Response take() { return std::move(response_); }

 private:
  enum class State {
    status,
    header,
    body,  // remaining_ bytes
    rest,  // all that comes until the connection ends
    chunk_size,
    chunk,  // remaining_ bytes
    chunk_end,
    trailer,
    done,
    failed,
  };

  // Cuts the next line off, without its end. false: it has not all come; what has is kept. The view is valid
  // until the next call.
  bool take_line(std::string_view& bytes, std::string_view& line);
  void on_line(std::string_view line);
  void on_status(std::string_view line);
  void on_header(std::string_view line);
  void on_field(std::string_view name, std::string_view value);
  void on_length(std::string_view value);
  void on_header_end();
  void on_chunk_size(std::string_view line);
  void add_body(std::string_view& bytes, std::uint64_t most);
  void fail(std::string why);

  bool head_only_;
  std::size_t max_body_;
  State state_ = State::status;
  // The beginning of a line whose end has not come.
  std::string line_;
  bool line_is_over_ = false;
  // Bytes, with those of 1xx and trailers.
  std::size_t header_size_ = 0;
  std::uint64_t remaining_ = 0;
  bool has_length_ = false;
  bool chunked_ = false;
  // The body cannot be understood.
  bool strange_encoding_ = false;
  bool keep_ = false;
  bool excess_ = false;
  Response response_;
  std::string error_;
};

}  // namespace carillon::http
