// How a file gets into the bucket. Internal to s3.cpp.
#pragma once

#include <string>
#include <vector>

#include "spool/s3/bucket.hpp"
#include "spool/spool.hpp"
#include "spool/threads.hpp"

namespace carillon::spool::s3 {

// Sends it under that name, whole or not at all; an older one is replaced. All outlive it. Digests are made
// on the threads. Failure: unreachable.
Task<void> send(const Bucket& bucket, Threads& threads, std::string name, const File& file);

// All uploads in parts that are not complete, also those of others.
Task<std::vector<Upload>> begun_uploads(const Bucket& bucket);
// Ends one; one that is not there any more does not matter.
Task<void> end_upload(const Bucket& bucket, std::string name, std::string id);

}  // namespace carillon::spool::s3
