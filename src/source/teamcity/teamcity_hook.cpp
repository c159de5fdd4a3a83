#include "source/teamcity/teamcity_hook.hpp"

#include <algorithm>
#include <array>

#include "source/hook/body.hpp"
#include "source/teamcity/teamcity_run.hpp"

namespace carillon::source::teamcity {
namespace {

// What is told of builds, and the state that the build's object may leave out.
struct Kind {
  std::string_view event;
  std::string_view state;
};
constexpr auto own_kinds = std::to_array<Kind>({
    {"BUILD_TYPE_ADDED_TO_QUEUE", "queued"},
    {"BUILD_STARTED", "running"},
    {"BUILD_FINISHED", "finished"},
    {"BUILD_INTERRUPTED", "finished"},
});
constexpr auto plugin_kinds = std::to_array<std::string_view>({
    "buildAddedToQueue",
    "buildStarted",
    "buildFinished",
    "buildSuccessful",
    "buildFailed",
    "buildFixed",
    "buildBroken",
    "buildInterrupted",
});

tl::unexpected<Failure> below(std::string_view path, Failure failure) {
  failure.what.insert(0, std::string(path) + ".");
  return tl::unexpected<Failure>(std::move(failure));
}

}  // namespace

Result<hook::Heard> TeamCityHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  if (const json::object* build = object_at(*object, "build")) {
    heard.kind = text_at(*build, "notifyType");
    if (std::ranges::find(plugin_kinds, heard.kind) == plugin_kinds.end()) {
      heard.ignored = heard.kind.empty() ? "no notifyType" : heard.kind;
      return heard;
    }
    auto made = plugin_run_of(*build, heard.notes);
    if (!made) return below("build", made.error());
    heard.runs.push_back(std::move(*made));
    return heard;
  }
  heard.kind = text_at(*object, "eventType");
  const auto* kind = std::ranges::find(own_kinds, heard.kind, &Kind::event);
  if (kind == own_kinds.end()) {
    heard.ignored = heard.kind.empty() ? "no eventType" : heard.kind;
    return heard;
  }
  const auto payload = hook::need_object(*object, "payload");
  if (!payload) return failed(payload.error());
  json::object build = **payload;
  build["state"] = kind->state;
  if (heard.kind == "BUILD_INTERRUPTED" && object_at(build, "canceledInfo") == nullptr)
    build["canceledInfo"] = json::object();
  auto made = run_of(build, heard.notes);
  if (!made) return below("payload", made.error());
  heard.runs.push_back(std::move(*made));
  return heard;
}

std::vector<std::string> TeamCityHook::advice(const std::string& url) const {
  return {
      "parameters of the project: teamcity.internal.webhooks.enable=true, "
      "teamcity.internal.webhooks.events=BUILD_STARTED;BUILD_FINISHED;BUILD_INTERRUPTED, "
      "teamcity.internal.webhooks.url=" +
          url,
      "teamcity.internal.webhooks.username=carillon, teamcity.internal.webhooks.password: the token of "
      "secret=",
      std::string("teamcity.internal.webhooks.BUILD_FINISHED.fields=") + std::string(fields()) +
          ", and the same of the other events",
      "with the plugin tcWebHooks instead: payload format JSON, and authentication Basic or Bearer with "
      "that token"};
}

}  // namespace carillon::source::teamcity
