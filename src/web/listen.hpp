// Where the web server listens, and how much it takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace carillon::web {

struct Listen {
  std::string host = "127.0.0.1";
  // 0: chosen by the system.
  int port = 0;

  // In all; beyond that the longest waiting ends, or 503.
  std::size_t connections = 1000;
  std::size_t connections_per_address = 500;

  // Bytes; more is answered 431.
  std::size_t header = std::size_t{8} << 10U;
  // Bytes of all bodies under way, from their Content-Length until they are answered; beyond that 503. Bodies
  // up to small_body do not count: they get through beside the large ones.
  std::size_t bodies = std::size_t{128} << 20U;
  std::size_t small_body = std::size_t{64} << 10U;

  // From its first byte, or the connection's beginning.
  std::chrono::milliseconds header_time{10'000};
  // For all of a body.
  std::chrono::milliseconds body_time{60'000};
  // For the other side to take the answer.
  std::chrono::milliseconds write_time{60'000};
  // Between requests.
  std::chrono::milliseconds idle_time{60'000};
  std::chrono::milliseconds linger_time{// For what was not read to run out, so that the answer arrives.
                                        5'000};
};

}  // namespace carillon::web
