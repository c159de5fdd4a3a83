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

std::vector<std::string> Source::setup(const std::string& /*base*/) const {
  return {};
}

Task<Source::Previewed> Source::preview(std::shared_ptr<const web::Request> /*delivery*/,
                                        Millis /*now*/) const {
  co_return rejected("'" + name() + "' has no hook");
}

asio::awaitable<void> Source::run(Sink&) {
  while (true)
    co_await sleep_for(std::chrono::hours(24));
}

Task<std::optional<json::value>> Queries::get_up_to(std::string path, std::size_t) {
  auto document = co_await get(std::move(path));
  if (!document) co_return failed(document);
  co_return std::move(*document);
}

Task<json::value> Source::ask(std::string path) {
  Queries* asked = queries();
  if (asked == nullptr) co_return rejected("'" + name() + "' cannot be asked for " + path);
  co_return co_await asked->get(std::move(path));
}

Task<json::value> Source::command(std::string path, std::string method, json::object params) {
  Commands* told = commands();
  if (told == nullptr) co_return rejected(name() + " takes no commands: its builds are only posted here");
  co_return co_await told->control(std::move(path), std::move(method), std::move(params));
}

bool Source::may_shut_down(Commands::Shutdown what) {
  const Commands* told = commands();
  return told != nullptr && told->can_shut_down(what);
}

Task<std::string> Source::shut_down(Commands::Shutdown what) {
  Commands* told = commands();
  if (told == nullptr) co_return rejected(name() + " takes no commands: its builds are only posted here");
  co_return co_await told->shutdown(what);
}

Task<json::value> Source::ask_more(std::string path) {
  Queries* asked = queries();
  if (asked == nullptr || !asked->knows_more())
    co_return rejected("builds were posted by '" + name() + "', which cannot be asked for " + path);
  co_return co_await asked->get(std::move(path));
}

Task<std::optional<json::value>> Source::ask_more_up_to(std::string path, std::size_t max_bytes) {
  Queries* asked = queries();
  if (asked == nullptr || !asked->knows_more())
    co_return rejected("builds were posted by '" + name() + "', which cannot be asked for " + path);
  co_return co_await asked->get_up_to(std::move(path), max_bytes);
}

}  // namespace carillon::source
