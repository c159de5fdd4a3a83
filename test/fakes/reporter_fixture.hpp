// What the tests of all reporters need: making one out of keyword arguments, builds, reports, a scripted
// client.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"
#include "settings/error.hpp"

namespace carillon::test {

using Keywords = std::vector<std::pair<std::string, settings::Value>>;

inline settings::Value text(std::string value) {
  return settings::Value{std::move(value)};
}

// A callback, renderable, formatter or subclass: answers as scripted and remembers the calls.
class FakeObject final : public settings::Object {
 public:
  struct Seen {
    std::string method;
    json::array args;
    std::string source;
  };
  Result<json::value> result = json::value(nullptr);
  // Instead of `result`.
  std::vector<std::pair<std::string, Result<json::value>>> by_method;
  std::vector<std::string> overridden;
  json::object attributes;
  std::vector<Seen> seen;

  Task<json::value> call(std::string_view method, json::array args, std::string_view master) override {
    seen.push_back({std::string(method), std::move(args), std::string(master)});
    for (const auto& [name, answer] : by_method) {
      if (name == method) co_return answer;
    }
    co_return result;
  }
  json::value attribute(std::string_view name) const override {
    const json::value* value = attributes.if_contains(name);
    return value != nullptr ? *value : json::value();
  }
  bool overrides(std::string_view method) const override {
    for (const std::string& one : overridden) {
      if (one == method) return true;
    }
    return false;
  }
  std::string where() const override { return "x.cfg:9"; }
};

inline std::shared_ptr<FakeObject> fake_object(Result<json::value> result) {
  auto made = std::make_shared<FakeObject>();
  made->result = std::move(result);
  return made;
}

inline settings::Value value_of(std::shared_ptr<FakeObject> object) {
  return settings::Value{settings::ObjectPtr(std::move(object))};
}

// Build 7 (number 3) of "linux" for commit 0123...cdef of example/project, out of request 13. results: 0..6,
// or -1 while it runs.
inline json::object sample_build(int results) {
  json::object build = json::parse(R"json({"buildid": 7, "number": 3, "builderid": 2, "buildrequestid": 13,
    "workerid": 1, "started_at": 1700000010, "complete": false, "complete_at": null, "results": null,
    "state_string": "building", "url": "http://ci.example.org/#builders/2/builds/3", "workername": "w1",
    "builder": {"builderid": 2, "name": "linux", "tags": ["fast"], "description": null},
    "buildrequest": {"buildrequestid": 13, "buildsetid": 9, "submitted_at": 1700000000},
    "buildset": {"bsid": 9, "submitted_at": 1700000000, "sourcestamps": [{"ssid": 4, "branch": "main",
      "revision": "0123456789abcdef0123456789abcdef01234567", "project": "example/project",
      "repository": "https://example.org/example/project.git", "codebase": "", "patch": null}]},
    "properties": {"buildername": ["linux", "Builder"], "buildnumber": [3, "Build"], "branch": ["main", "Build"],
      "revision": ["0123456789abcdef0123456789abcdef01234567", "Build"], "workername": ["w1", "Worker"]},
    "changes": [], "steps": []})json")
                           .as_object();
  if (results >= 0) {
    build["results"] = results;
    build["complete"] = true;
    build["complete_at"] = 1700000100;
    build["state_string"] = results == 0 ? "build successful" : "failed 'make'";
  }
  return build;
}

inline json::object& sourcestamp(json::object& build, std::size_t index = 0) {
  return build.at("buildset").at("sourcestamps").as_array().at(index).as_object();
}

// A report about the build: started when it has no results.
inline reporter::Details order_of(json::object build) {
  reporter::Details details;
  const bool finished = !build.at("results").is_null();
  details.kind = finished ? EventKind::build_finished : EventKind::build_started;
  details.event_id =
      "ci/builds/" + std::to_string(build.at("buildid").as_int64()) + (finished ? "/finished" : "/new");
  details.source = "ci";
  details.at = 1700000200'000;
  details.builds.push_back(std::move(build));
  return details;
}

// The request of sample_build() before it has a build: waiting, or ended with 6 (cancelled) or 3 (skipped).
inline reporter::Details request_order(int results = -1) {
  reporter::Details details;
  json::object request = sample_build(-1);
  for (const char* gone : {"buildid", "number", "started_at", "workerid", "workername"})
    request.erase(gone);
  request["url"] = "http://ci.example.org/#buildrequests/13";
  request["properties"] =
      json::parse(R"({"buildername": ["linux", "Builder"], "branch": ["main", "Build"]})");
  if (results >= 0) {
    request["results"] = results;
    request["complete"] = true;
    request["complete_at"] = 1700000100;
  }
  details.kind = results >= 0 ? EventKind::request_ended : EventKind::request_waiting;
  details.event_id = std::string("ci/buildrequests/13/") + (results >= 0 ? "complete" : "new");
  details.source = "ci";
  details.at = 1700000200'000;
  details.builds.push_back(std::move(request));
  return details;
}

class ReporterTest : public testing::Test {
 protected:
  settings::Arguments bind(const settings::Schema& schema, Keywords keywords,
                           settings::ObjectPtr self = nullptr) {
    settings::Call call;
    call.class_name = schema.name;
    call.where = "x.cfg:3";
    call.keywords = std::move(keywords);
    call.self = std::move(self);
    return settings::Arguments::bind(schema, call);
  }
  reporter::Environment environment() {
    return reporter::Environment{io_.get_executor(), {"Title", "http://carillon/"}, clock_, log_, http_};
  }
  // The text of the ConfigError that `make` throws; "no error" when it throws none.
  template <class F>
  std::string error_of(F&& make) {
    try {
      make();
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }
  std::vector<Delivery> compose(reporter::Reporter& reporter, const reporter::Details& details) {
    return run(io_, reporter.compose(details)).value();
  }
  Result<Receipt> send(reporter::Reporter& reporter, const Delivery& delivery) {
    return run(io_, reporter.send(delivery));
  }

  asio::io_context io_;
  FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  FakeHttpClient http_;
};

}  // namespace carillon::test
