#include "cli/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace carillon::cli {
namespace {

constexpr std::size_t output_buffer = 16384;

}  // namespace

// On a terminal each piece of text is shown at once.
Output::Output() : buffer_(output_buffer), before_(std::cout.rdbuf(this)) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  if (isatty(STDOUT_FILENO) != 0) std::cout << std::unitbuf;
}

Output::~Output() {
  std::cout.flush();
  std::cout.rdbuf(before_);
}

Output::int_type Output::overflow(int_type one) {
  if (sync() != 0) return traits_type::eof();
  if (traits_type::eq_int_type(one, traits_type::eof())) return traits_type::not_eof(one);
  return sputc(traits_type::to_char_type(one));
}

int Output::sync() {
  const char* from = pbase();
  while (error_ == 0 && from < pptr()) {
    const auto written = ::write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
    if (written < 0 && errno != EINTR) error_ = errno;
    if (written > 0) from += written;
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return error_ == 0 ? 0 : -1;
}

int Output::finish(int code) {
  std::cout.flush();
  std::cerr.flush();
  if (error_ == 0 || error_ == EPIPE) return code;
  std::cerr << "carillon: cannot write the output: " << std::strerror(error_) << "\n";
  return code != 0 ? code : 1;
}

}  // namespace carillon::cli
