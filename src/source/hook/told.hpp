// What a CI can be told to do by its API: to stop a run, and to start one.
#pragma once

#include <memory>

#include "base/log.hpp"
#include "source/hook/api.hpp"
#include "source/hook/forcing.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Told final : public Commands {
 public:
  // forcing: what the source can be asked, too; it and the log outlive this.
  Told(Forcing& forcing, std::shared_ptr<Api> api, const Log& log)
      : forcing_(forcing), api_(std::move(api)), log_(log) {}

  // ("builds/ID", "stop", {"reason": ...}), which is logged with the reason; yields null.
  // ("forceschedulers/NAME", "force", ...): as Forcing::force(). Failure (rejected): anything else; a run
  // that is over.
  Task<json::value> control(std::string path, std::string method, json::object params) override;
  // Nobody can shut the CI down from here.
  Task<std::string> shutdown(Shutdown what) override;

 private:
  Task<json::value> stop(std::string build, std::string reason);

  Forcing& forcing_;
  std::shared_ptr<Api> api_;
  const Log& log_;
};

}  // namespace carillon::source::hook
