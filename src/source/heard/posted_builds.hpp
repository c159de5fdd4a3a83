// Answers Buildbot's data API for builds that were only posted, out of what the store keeps of them: for the
// bots' commands and for master.data.get() of callbacks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "source/heard/data_query.hpp"
#include "source/source.hpp"
#include "store/journal.hpp"

namespace carillon::source::heard {

// Known: builders[/B[/builds[/NUMBER[/...]]]] and builds[/ID[/...]] with properties, changes and
// steps[/NUMBER or NAME[/logs[/SLUG[/contents]]]]; steps/ID[/logs[/...]], logs/ID[/contents],
// buildrequests[/ID[/builds]] and buildsets/ID of recent builds, workers (one that stands for whoever posts);
// changes, schedulers and forceschedulers are empty. B is a builder's name or id. Of the query, for lists:
// order, limit, offset, and FIELD=VALUE or FIELD__OPERATOR=VALUE with the operators of Buildbot's REST API
// (another one: rejected), which may be repeated. Builders, builds, steps and logs have the ids that they
// were posted with; of several with one id the newest is meant, and builds, steps and logs without an id, or
// with that of a newer one, have ids of ours. Everything else: rejected.
class PostedBuilds final : public Queries {
 public:
  // Of the source of that name. journal: as Environment::journal.
  PostedBuilds(std::string source, std::string url, std::function<store::Journal*()> journal)
      : name_(std::move(source)), url_(std::move(url)), journal_(std::move(journal)) {}

  Task<json::value> get(std::string path) override;
  bool knows_more() const override { return false; }

 private:
  using Parts = std::vector<std::string>;
  struct Step;
  struct Log;
  // The newest build that has given an id, and whether several have.
  struct Giver {
    std::string build;
    RowId row = 0;
    bool shared = false;
  };
  Task<json::value> builders(const Parts& parts, const DataQuery& query);
  // The newest build of the builder of that name or id, ours or the sender's; empty: none.
  Task<json::object> builder_named(std::string text);
  Task<json::object> told_last(std::string builder);
  // Builders' ids become what all builds of theirs have.
  Task<void> mean_builders(DataQuery& query);
  Task<json::value> builds(std::optional<std::string> builder, DataQuery query);
  Task<json::value> requests(DataQuery query);
  Task<json::value> of_build(store::BuildsQuery which, Parts rest, DataQuery query);
  Task<json::value> recent_part(std::string part, std::string id_name, std::string id);
  Task<json::value> workers();
  Task<json::value> step(Parts path, DataQuery query);
  Task<json::value> log(Parts path);
  Result<json::value> within_steps(const std::vector<Step>& steps, const Parts& path,
                                   const DataQuery& query) const;
  Result<json::value> within_step(const Step& step, const Parts& path, const DataQuery& query) const;
  Task<void> learn_ids();
  Task<std::vector<Step>> steps_of(const store::KnownBuild& known);
  Task<std::optional<store::KnownBuild>> giver_of(const std::map<std::int64_t, Giver>& ids, std::int64_t id);
  Task<std::shared_ptr<const Step>> step_of_id(std::int64_t id);
  Task<std::shared_ptr<const Log>> log_of_id(std::int64_t id);
  tl::unexpected<Failure> not_known(std::string_view path) const;

  const std::string& name() const { return name_; }
  const std::string& url() const { return url_; }
  store::Journal& journal() const { return *journal_(); }

  std::string name_;
  std::string url_;
  std::function<store::Journal*()> journal_;
  // Up to this event.
  RowId learnt_ = 0;
  // That were posted.
  std::map<std::int64_t, Giver> step_ids_;
  std::map<std::int64_t, Giver> log_ids_;
  // That were asked for lately.
  std::map<std::int64_t, std::shared_ptr<const Step>> steps_;
  std::map<std::int64_t, std::shared_ptr<const Log>> logs_;
};

}  // namespace carillon::source::heard
