#include "source/hook/told.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::source::hook {

Task<json::value> Told::control(std::string path, std::string method, json::object params) {
  const auto parts = words_of(path, "/");
  if (method == "stop" && parts.size() == 2 && parts[0] == "builds")
    co_return co_await stop(std::string(parts[1]), text_at(params, "reason"));
  if (method == "force" && parts.size() == 2 && parts[0] == "forceschedulers")
    co_return co_await forcing_.force(std::string(parts[1]), std::move(params));
  co_return rejected("this CI can be told to stop a run and to start one, and nothing else");
}

Task<json::value> Told::stop(std::string build, std::string reason) {
  auto answer = co_await forcing_.get("builds/" + build + "/properties");
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
  log_.info("sources", "stopped " + run + " of " + text("project") + ": " + fold_to_line(reason));
  co_return nullptr;
}

Task<std::string> Told::shutdown(Shutdown /*what*/) {
  co_return rejected("this CI cannot be shut down from here");
}

}  // namespace carillon::source::hook
