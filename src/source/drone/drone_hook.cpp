#include "source/drone/drone_hook.hpp"

#include "base/text.hpp"
#include "source/drone/drone_run.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::drone {

bool DroneHook::may_be_right(const web::Head& head) const {
  return !header(head, "signature").empty() && !header(head, "digest").empty() &&
         !header(head, "date").empty();
}

bool DroneHook::is_right(const web::Head& head, std::string_view body, std::int64_t now) const {
  return hook::signed_as_drone(head, body, settings_->secrets, now);
}

Result<hook::Heard> DroneHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "x-drone-event");
  if (heard.kind != "build") {
    heard.ignored = heard.kind.empty() ? "no X-Drone-Event" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  const std::string action = text_at(*object, "action");
  if (action != "created" && action != "updated") {
    heard.ignored = "build, action " + action;
    return heard;
  }
  auto run = run_of(*object, heard.notes);
  if (!run) return failed(run.error());
  if (!hook::wants(settings_->repos, run->project)) {
    heard.ignored = "build of " + run->project + ", which repos= does not name";
    return heard;
  }
  heard.runs.push_back(std::move(*run));
  return heard;
}

std::vector<std::string> DroneHook::advice(const std::string& url) const {
  return {"in the environment of the Drone server, then restart it:", "DRONE_WEBHOOK_ENDPOINT=" + url,
          "DRONE_WEBHOOK_SECRET: that of secret=", "DRONE_WEBHOOK_EVENTS=build"};
}

}  // namespace carillon::source::drone
