// `force` of a CI: its pipelines as what one force scheduler can start.
#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"
#include "source/hook/starter.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Forcing final : public Queries {
 public:
  // source: its name, which is that of the scheduler, too. asked: what it can be asked besides; log: both
  // outlive this. starter: null where nothing can be started; why: what is to be configured, or empty where
  // nothing helps.
  Forcing(std::string source, Queries& asked, std::shared_ptr<Starter> starter, std::string why,
          const Log& log)
      : source_(std::move(source)),
        asked_(asked),
        starter_(std::move(starter)),
        why_(std::move(why)),
        log_(log) {}

  // Besides what `asked` knows: forceschedulers, whose one has no `all_fields`, and
  // builders/B/forceschedulers, for which the CI is asked what it wants to know. Where nothing can be started
  // there is none, or one that is not enabled, whose member `why` says what is to be configured.
  Task<json::value> get(std::string path) override;
  bool knows_more() const override { return asked_.knows_more(); }

  // Starts the pipeline of the builder ("builderid") with the other parameters. Yields [BUILDSET, {}], or
  // null where the CI does not say which run it is. It is logged who asked. Failure: as order_of() and
  // Starter.
  Task<json::value> force(std::string scheduler, json::object params);

 private:
  // Of the builder's newest run. Failure (rejected): there is none.
  Task<Pipeline> pipeline_of(std::string builder);
  json::value no_schedulers() const;
  Task<json::value> schedulers();
  Task<json::value> schedulers_of(std::string builder);

  std::string source_;
  Queries& asked_;
  std::shared_ptr<Starter> starter_;
  std::string why_;
  const Log& log_;
};

}  // namespace carillon::source::hook
