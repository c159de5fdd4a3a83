// A spool in a bucket of S3, or of a service that speaks as it does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/secret.hpp"
#include "spool/folder.hpp"
#include "spool/spool.hpp"
#include "transport/http.hpp"

namespace carillon::spool::s3 {

struct Place {
  // "https://HOST/BUCKET/PREFIX": all files are below it, whose path is encoded, and without a '/' at its
  // end.
  std::string url;
  std::string region;
  std::string access_key;
  Secret secret_key;
  // Certificate and host name.
  bool verify = true;
  // For a request; and for how long one that failed sooner is made again.
  std::chrono::milliseconds patience = std::chrono::seconds(60);
  std::chrono::milliseconds insists = std::chrono::seconds(10);
  // Bytes of what a large file is sent in; at least 5 MiB, but for the last one, by S3's rule.
  std::size_t part = std::size_t{8} << 20U;
};

// Files are put together in the folder, which nobody else writes to, and go to the bucket when they are
// finished: at once, or in parts, one of which is in memory. What is read comes in pieces of 1 MB. Nothing is
// connected to before it is used. Failures: unreachable, with a text for people that holds no secret; and
// those of the folder. What a process that ended had begun to send is removed when it is a day old
// (entries()).
// The client outlives it.
std::unique_ptr<Spool> open(const asio::any_io_executor& io, http::Client& client, Place place,
                            std::unique_ptr<Folder> on_the_way);

// Writes `mine` to a file of that name below the place, unless there is one. Returns what it holds then.
// Empty: nothing is written, and "" returned where there is none. Failure: unreachable. The client outlives
// it.
Task<std::string> claim(http::Client& client, Place place, std::string name, std::string mine);

}  // namespace carillon::spool::s3
