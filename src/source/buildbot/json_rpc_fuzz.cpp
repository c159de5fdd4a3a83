// Whatever a master answers to a call is a result, or a reason on one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "source/buildbot/json_rpc.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 2) return 0;
  http::Response response;
  response.status = 100 + (data[0] * 256 + data[1]) % 500;
  response.body.assign(data + 2, data + size);
  const auto result = source::buildbot::json_rpc_result(response, "builds/1", 1'700'000'000);
  if (!result && result.error().what.find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
