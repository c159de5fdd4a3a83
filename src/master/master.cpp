#include "master/master.hpp"

namespace carillon::master {

Task<std::optional<json::value>> Master::get_up_to(std::string path, std::size_t) {
  auto document = co_await get(std::move(path));
  if (!document) co_return tl::unexpected<Failure>(std::move(document.error()));
  co_return std::move(*document);
}

Task<json::value> Master::control(std::string, std::string, json::object) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

Task<std::string> Master::shutdown(Shutdown) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

}  // namespace carillon::master
