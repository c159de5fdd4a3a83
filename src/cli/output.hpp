// Standard output that knows whether it could be written.
#pragma once

#include <streambuf>
#include <vector>

namespace carillon::cli {

// What std::cout writes to while this is there. After an error nothing more is written.
class Output final : public std::streambuf {
 public:
  Output();
  ~Output() override;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Writes what is held back. The exit code: the given one, or 1 where the output could not be written, which
  // standard error is told of. A reader that went away is no error.
  int finish(int code);

 protected:
  int_type overflow(int_type one) override;
  int sync() override;

 private:
  std::vector<char> buffer_;
  std::streambuf* before_;
  int error_ = 0;
};

}  // namespace carillon::cli
