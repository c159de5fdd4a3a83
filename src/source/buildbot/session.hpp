// One connection to a Buildbot master: catching up, then listening, until it is lost.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/buildbot/assembler.hpp"
#include "source/buildbot/buildbot.hpp"
#include "source/buildbot/catch_up.hpp"
#include "source/buildbot/cursor.hpp"
#include "source/buildbot/link.hpp"
#include "source/buildbot/pages.hpp"
#include "source/buildbot/rest.hpp"

namespace carillon::source::buildbot {

class Session {
 public:
  // All references outlive the session. was_down: see CatchUp.
  Session(const Settings& settings, const Environment& environment, Rest& rest, Pages& pages,
          std::shared_ptr<Complaints> complaints, Sink& sink, bool was_down);

  // Returns why the connection ended or could not be made. What it took from the master is in the sink by
  // then, with the cursor that belongs to it; what is not will be found by the next session.
  asio::awaitable<Failure> run();

  // When it got as far as listening; nullopt: it did not yet.
  std::optional<Millis> listening_since() const { return listening_since_; }

 private:
  asio::awaitable<std::optional<Cursor>> stored_cursor();
  std::string advice(std::string_view refusal) const;
  Task<std::shared_ptr<Link>> connect();
  Task<void> catch_up(std::optional<Cursor> known);
  Task<void> report(const std::vector<Due>& due);
  Task<void> report_some(const std::vector<Due>& due);
  using ById = std::map<std::int64_t, json::object>;
  // And all that belongs to them, into the assembler.
  Task<ById> fetch_builds(const std::vector<Due>& due);
  Task<ById> fetch_buildsets(const std::vector<Due>& due);
  Task<void> fetch_requests(std::vector<std::int64_t> requests);
  Task<void> listen(Link& link);

  // What was heard becomes events in batch_ where it is due.
  Task<void> hear(Heard heard);
  Task<void> hear_build(const Key& key, json::object build);
  void hear_buildset(const Key& key, Heard& heard);
  // session_workers.cpp: workers that stay away, and that come back.
  void hear_worker(const Key& key, json::object worker);
  Task<void> check_workers();
  void add_missing(json::object worker, std::int64_t id, std::string outage);
  void add_back(json::object worker, std::int64_t id);
  void add_worker(json::object worker, std::int64_t id, std::string_view what, std::string occurrence);
  // session_requests.cpp: requests that wait, and that end without a build.
  Task<void> hear_request(const Key& key, const json::object& request);
  void build_of_request(const json::object& build, bool finished);
  Task<void> catch_up_requests(bool resumed);
  Task<void> add_request(std::int64_t id, const json::object* ended);

  Task<void> add_build(json::object build, std::int64_t id, bool finished);
  void add_buildset(json::object buildset, std::int64_t id);
  Task<void> complement(const json::object& build);
  // Hands batch_ and the cursor to the sink, however long that takes.
  asio::awaitable<void> deliver();

  const Settings& settings_;
  const Environment& environment_;
  Rest& rest_;
  Pages& pages_;
  std::shared_ptr<Complaints> complaints_;
  Sink& sink_;
  bool was_down_;
  // For the log.
  std::string where_;
  Cursor cursor_;
  // The cursor that the sink has.
  json::value stored_;
  Assembler assembler_;
  std::vector<Event> batch_;
  // The cursor is worth storing without an event.
  bool workers_changed_ = false;
  std::optional<Millis> listening_since_;
};

}  // namespace carillon::source::buildbot
