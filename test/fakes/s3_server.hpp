// A stand-in for S3 of the test's own: the one of test/support, which is as strict, as a process on the
// loopback.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/json.hpp"
#include "spool/s3/s3.hpp"

namespace carillon::test {

class S3Server {
 public:
  // Throws std::runtime_error where it does not start.
  S3Server();
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  // One for all tests of a program.
  static S3Server& shared();

  // Below its bucket.
  spool::s3::Place place(const std::string& prefix) const;
  const std::string& url() const { return url_; }

  // As control() of s3_fake.py has it.
  json::object tell(const json::object& wish) const;

 private:
  std::string url_;
  pid_t process_ = 0;
  // What it says, and what it waits for the end of.
  int out_ = -1;
  int in_ = -1;
};

}  // namespace carillon::test
