// Whatever a master sends, the protocol answers with actions and does not crash.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "source/buildbot/assembler.hpp"
#include "source/buildbot/ws_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::source::buildbot;
  const std::string input(data, data + size);
  WsProtocol protocol({"builds/*/new", "buildsets/*/*"});
  Assembler assembler;
  protocol.start(0);
  std::string_view rest = input;
  while (!rest.empty()) {  // one frame a line
    const auto end = rest.find('\n');
    for (auto& action : protocol.receive(rest.substr(0, end))) {
      auto* heard = std::get_if<Heard>(&action);
      if (heard == nullptr) continue;
      const auto missing = assembler.missing(heard->message, 0);
      if (missing.nothing()) assembler.compose(heard->message, 0);
      assembler.learn(std::move(*heard));
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  protocol.tick(1'000'000);
  return 0;
}
