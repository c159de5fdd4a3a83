// A medium that notes what it is asked for, and a master to talk about.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chat/bot.hpp"
#include "fakes/master.hpp"

namespace carillon::test {

class FakeMedium final : public chat::Medium {
 public:
  // By person.
  std::map<std::string, std::string> accounts;
  std::set<std::string> operators;
  // Of everything.
  std::optional<Failure> failure;
  std::vector<std::string> done;

  Task<std::string> account_of(const chat::Person& person) override {
    done.push_back("account " + person.id);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return accounts[person.id];
  }
  Task<bool> is_operator(const chat::Person& person, const chat::Place& place) override {
    done.push_back("operator " + person.id + " " + place.id);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return operators.contains(person.id);
  }
  Task<void> join(std::string channel, std::string key) override {
    done.push_back("join " + channel + " " + key);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return ok();
  }
  Task<void> leave(std::string channel) override {
    done.push_back("leave " + channel);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return ok();
  }
};

// On the master "ci": linux (#7 runs, #6 succeeded), "my builder" (#3 failed), windows (its worker is away),
// old (not configured any more).
inline std::shared_ptr<FakeMaster> sample_master(const std::string& name = "ci") {
  auto made = std::make_shared<FakeMaster>(name);
  made->answer("builders", R"({"builders": [
    {"builderid": 1, "name": "linux", "tags": ["fast"], "masterids": [1]},
    {"builderid": 4, "name": "my builder", "tags": [], "masterids": [1]},
    {"builderid": 2, "name": "windows", "tags": ["slow"], "masterids": [1]},
    {"builderid": 3, "name": "old", "tags": [], "masterids": []}]})");
  made->answer("workers", R"({"workers": [
    {"workerid": 1, "name": "w1", "connected_to": [{"masterid": 1}],
     "configured_on": [{"builderid": 1, "masterid": 1}, {"builderid": 4, "masterid": 1}]},
    {"workerid": 2, "name": "w2", "connected_to": [], "configured_on": [{"builderid": 2, "masterid": 1}]},
    {"workerid": 3, "name": "w3", "connected_to": [], "configured_on": []}]})");
  made->answer("builds?complete=false", R"({"builds": [
    {"buildid": 70, "number": 7, "builderid": 1, "buildrequestid": 13, "complete_at": null, "results": null,
     "state_string": "building"}]})");
  made->answer("builds/70/steps?complete=false&order=number", R"({"steps": [
    {"stepid": 5, "number": 2, "started_at": 1700000000, "state_string": "compiling"},
    {"stepid": 6, "number": 3, "started_at": null, "state_string": "pending"}]})");
  made->answer("builds/70", R"({"builds": [{"buildid": 70, "number": 7, "builderid": 1, "results": null}]})");
  // The clock starts at 1700000000.
  made->answer("builds?complete=true&order=-buildid&limit=500", R"({"builds": [
    {"buildid": 60, "number": 6, "builderid": 1, "complete_at": 1699999700, "results": 0,
     "state_string": "build successful"},
    {"buildid": 50, "number": 5, "builderid": 1, "complete_at": 1699990000, "results": 2,
     "state_string": "failed"}]})");
  made->answer("builders/4/builds?complete=true&order=-number&limit=1", R"({"builds": [
    {"buildid": 9, "number": 3, "builderid": 4, "complete_at": 1699992800, "results": 2,
     "state_string": "failed 'make'\r\nQUIT"}]})");
  made->answer("builders/2/builds?complete=true&order=-number&limit=1", R"({"builds": []})");
  made->answer("builders/3/builds?complete=true&order=-number&limit=1", R"({"builds": []})");
  return made;
}

}  // namespace carillon::test
