#include "server/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace carillon::server {
namespace {

// Where the hard limit is a billion, programs that close all they might have inherited take minutes.
constexpr rlim_t enough_descriptors = 65'536;
constexpr std::size_t usual_descriptors = 1024;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return usual_descriptors;
  const rlim_t wanted = std::min(limit.rlim_max, enough_descriptors);
  if (wanted > limit.rlim_cur) {
    const rlimit raised{wanted, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace carillon::server
