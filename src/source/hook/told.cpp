#include "source/hook/told.hpp"

#include "base/text.hpp"

namespace carillon::source::hook {

Task<json::value> Told::control(std::string path, std::string method, json::object /*params*/) {
  const auto parts = words_of(path, "/");
  if (method != "stop" || parts.size() != 2 || parts[0] != "builds")
    co_return rejected("this CI can be told to stop a run, and nothing else");
  auto answer = co_await asked_.get("builds/" + std::string(parts[1]) + "/properties");
  if (!answer) co_return failed(answer);
  const json::array* all = answer->is_object() ? array_at(answer->get_object(), "properties") : nullptr;
  const json::object* properties =
      all != nullptr && !all->empty()
          ? all->front().if_object()
          : (answer->is_object() ? object_at(answer->get_object(), "properties") : nullptr);
  const auto text = [&](std::string_view name) {
    const json::value* pair = properties != nullptr ? properties->if_contains(name) : nullptr;
    const json::array* both = pair != nullptr ? pair->if_array() : nullptr;
    return both != nullptr && !both->empty() && both->front().is_string()
               ? std::string(both->front().get_string())
               : std::string();
  };
  const std::string run = text("run");
  if (run.empty()) co_return rejected("that build is no run that can be stopped");
  auto stopped = co_await api_->stop(text("project"), run);
  if (!stopped) co_return failed(stopped);
  co_return nullptr;
}

Task<std::string> Told::shutdown(Shutdown /*what*/) {
  co_return rejected("this CI cannot be shut down from here");
}

}  // namespace carillon::source::hook
