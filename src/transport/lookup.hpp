// The lookup of a name, with a limit of time: whoever connects asks here.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace carillon::net {

using Addresses = std::vector<asio::ip::tcp::endpoint>;  // at least one

// Whether the host is an address or a name of this machine itself, for which nobody is asked.
bool needs_no_lookup(const std::string& host);

// The addresses of a host (a name or an address) with the port (a number); lookups.hpp says how. Failure:
// unreachable, its text begins with "name lookup: "; no address is one, too. Only addresses that
// Lookups::allows() are given; when there is none, the failure says so of the first. Cancellation passes
// through. A lookup under way cannot be cancelled: it runs on by itself when the time is over, and nobody
// waits for it.
Task<Addresses> look_up(asio::any_io_executor executor, std::string host, std::string port,
                        std::chrono::steady_clock::time_point deadline);

// Why what was under way has no end when the program does.
inline constexpr const char* given_up = "given up because Carillon stops";

// "5 s", "1500 ms": what a time-out says.
std::string in_words(std::chrono::milliseconds duration);

}  // namespace carillon::net
