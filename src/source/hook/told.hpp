// What a CI can be told to do by its API: to stop a run.
#pragma once

#include <memory>

#include "source/hook/api.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Told final : public Commands {
 public:
  // asked: what the source can be asked; both outlive it.
  Told(Queries& asked, std::shared_ptr<Api> api) : asked_(asked), api_(std::move(api)) {}

  // ("builds/ID", "stop"). Yields null. Failure (rejected): anything else; a run that is over.
  Task<json::value> control(std::string path, std::string method, json::object params) override;
  // Nobody can shut the CI down from here.
  Task<std::string> shutdown(Shutdown what) override;

 private:
  Queries& asked_;
  std::shared_ptr<Api> api_;
};

}  // namespace carillon::source::hook
