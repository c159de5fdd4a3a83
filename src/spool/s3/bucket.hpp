// One conversation with S3: signed, tried again, its refusals in words. Internal to s3.cpp.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spool/s3/answers.hpp"
#include "spool/s3/s3.hpp"

namespace carillon::spool::s3 {

struct Call {
  std::string method = "GET";
  // Of the object, below the place; empty: of the bucket, or where `key` is.
  std::string name;
  // Names and values as they are.
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<const std::string> body = nullptr;
  // Hexadecimal SHA-256 of the body.
  std::string digest = {};
  // Of the answer, bytes.
  std::size_t max_body = std::size_t{16} << 20U;
};

struct Answer {
  http::Response response;
  // Of one that is no success; else empty.
  Refusal refusal = {};
  bool done() const { return response.status >= 200 && response.status < 300; }
};

class Bucket {
 public:
  // The client outlives it. Throws std::invalid_argument where the place is no URL of a bucket.
  Bucket(http::Client& client, Place place);

  // What S3 answered, whatever it was. Failure: unreachable, when there is no answer, or none but "not now".
  Task<Answer> ask(Call call) const;
  // The same, where all but success is a Failure (unreachable).
  Task<http::Response> must(Call call) const;
  // Why an answer is none that helps, for people.
  Failure explained(const Call& call, const Answer& answer) const;

  // Those whose key begins with that of the name, `most` at a time. next: Objects::next, or empty.
  Task<Objects> objects(std::string name, std::size_t most, std::string next) const;

  // The name below the place; empty: it is another's.
  std::string name_of(const std::string& key) const;
  // Of all files.
  const std::string& prefix() const { return prefix_; }
  const Place& place() const { return place_; }

 private:
  http::Request request_of(const Call& call) const;

  http::Client& client_;
  Place place_;
  // "https://HOST/BUCKET".
  std::string bucket_;
  // "PREFIX/", as keys have it.
  std::string prefix_;
};

// SHA-256, hexadecimal.
std::string digest_of(std::string_view bytes);

}  // namespace carillon::spool::s3
