#include "master/master.hpp"

namespace carillon::master {

std::string build_path(std::int64_t builderid, std::int64_t number) {
  return "builders/" + std::to_string(builderid) + "/builds/" + std::to_string(number);
}

std::string Master::page(std::string_view path) const {
  return url() + "#" + std::string(path);
}

std::string Master::build_page(std::int64_t builderid, std::int64_t number) const {
  return page(build_path(builderid, number));
}

asio::awaitable<void> Master::learn_pages() {
  co_return;
}

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
