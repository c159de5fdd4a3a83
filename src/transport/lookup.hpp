// The lookup of a name, with a limit of time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>

#include "base/task.hpp"

namespace carillon::net {

using Addresses = asio::ip::tcp::resolver::results_type;

// The addresses of a host (a name or an address) with the port (a number). Failure: unreachable, its text
// begins with "name lookup: "; no address is one, too. Cancellation passes through. A lookup under way cannot
// be cancelled: it runs on by itself when the time is over.
Task<Addresses> look_up(asio::any_io_executor executor, std::string host, std::string port,
                        std::chrono::steady_clock::time_point deadline);

// "5 s", "1500 ms": what a time-out says.
std::string in_words(std::chrono::milliseconds duration);

}  // namespace carillon::net
