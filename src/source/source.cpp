#include "source/source.hpp"

namespace carillon::source {

std::string build_path(std::int64_t builderid, std::int64_t number) {
  return "builders/" + std::to_string(builderid) + "/builds/" + std::to_string(number);
}

std::string Source::page(std::string_view path) const {
  return url() + "#" + std::string(path);
}

std::string Source::build_page(std::int64_t builderid, std::int64_t number) const {
  return page(build_path(builderid, number));
}

asio::awaitable<void> Source::learn_pages() {
  co_return;
}

Task<std::optional<json::value>> Source::get_up_to(std::string path, std::size_t) {
  auto document = co_await get(std::move(path));
  if (!document) co_return tl::unexpected<Failure>(std::move(document.error()));
  co_return std::move(*document);
}

Task<json::value> Source::control(std::string, std::string, json::object) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

Task<std::string> Source::shutdown(Shutdown) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

}  // namespace carillon::source
