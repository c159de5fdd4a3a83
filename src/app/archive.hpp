// Answers Buildbot's data API for builds that were only posted, out of what the store keeps of them: for the
// bots' commands and for master.data.get() of callbacks.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "master/master.hpp"
#include "store/store.hpp"

namespace carillon::app {

// Known: builders[/B[/builds[/NUMBER[/steps|properties|changes]]]], builds[/ID[/steps|properties|changes]],
// steps/ID/logs, logs/ID[/contents], buildrequests[/ID[/builds]] and buildsets/ID of recent builds, workers
// (one that stands for whoever posts); changes, schedulers and forceschedulers are empty. B is a builder's
// name or id. Of the query: order, limit, offset, and FIELD=VALUE or FIELD__eq=VALUE for the fields of
// builds. Builds have the ids that they were posted with; of several with one id the newest is meant, and
// those without an id, or with that of a newer one, have ids of ours. Everything else: rejected.
class Archive final : public master::Master {
 public:
  // The store may be opened later than this is called; it and `observed` outlive this.
  Archive(std::shared_ptr<master::Master> observed, const std::unique_ptr<store::Store>& store)
      : observed_(std::move(observed)), store_(store) {}

  const std::string& name() const override { return observed_->name(); }
  const std::string& url() const override { return observed_->url(); }
  Task<json::value> get(std::string path) override;
  asio::awaitable<void> run(master::Sink& sink) override { return observed_->run(sink); }

 private:
  using Parts = std::vector<std::string>;
  struct Query;
  Task<json::value> builders(const Parts& parts, const Query& query);
  // The builder of that name or id, ours or the sender's; "": none.
  Task<std::string> builder_named(std::string text);
  Task<json::value> builds(std::optional<std::string> builder, Query query);
  Task<json::value> requests(const Query& query);
  Task<json::value> of_build(store::BuildsQuery which, const Parts& rest);
  Task<json::value> recent_part(std::string part, std::string id_name, std::string id);
  Task<json::value> workers();
  json::value log_list(const std::string& step) const;
  json::value log_contents(const std::string& log) const;
  json::array remember_steps(const json::object& body);

  std::shared_ptr<master::Master> observed_;
  const std::unique_ptr<store::Store>& store_;
  std::map<std::string, json::array> logs_of_step_;  // of the steps asked for lately, by stepid
  std::map<std::string, json::object> logs_;         // by logid
};

}  // namespace carillon::app
