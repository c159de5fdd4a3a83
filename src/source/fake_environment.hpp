// What a source's tests lend to it: nothing is asked or kept, unless said otherwise.
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/secret.hpp"
#include "fakes/clock.hpp"
#include "source/environment.hpp"

namespace carillon::source {

struct FakeEnvironment {
  asio::io_context io;
  Redactor redactor;
  Log log{Log::Level::error, redactor};
  test::FakeClock clock;
  std::unique_ptr<http::Client> http = http::make_client(io.get_executor());
  std::unique_ptr<process::Runner> processes = process::make_runner();

  Environment lend(bool serves = true) {
    return {io.get_executor(), *http,   log,     clock,   *processes, "http://carillon/",        serves,
            nullptr,           nullptr, nullptr, nullptr, nullptr,    {"http://carillon/", true}};
  }
};

}  // namespace carillon::source
