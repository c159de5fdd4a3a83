#include "builds.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace carillon::bench {
namespace {

// ~name~ is replaced. The second codebase has no revision, so that a build has one commit to report on.
constexpr std::string_view build_template =
    R"({"buildid": ~id~, "number": ~number~, "builderid": ~builderid~, "buildrequestid": ~id~, "workerid": 3, )"
    R"("masterid": 1, "started_at": 1700000000, "complete": true, "complete_at": 1700000231, )"
    R"("state_string": "~state~", "results": ~results~, "properties": {)"
    R"("artifacts": [["https://artifacts.example.org/bell/~builder~/~number~/bell-4.2.1.tar.xz", )"
    R"("https://artifacts.example.org/bell/~builder~/~number~/bell-4.2.1.tar.xz.sha256"], "Upload"], )"
    R"("basedir": ["/var/lib/buildbot/workers/bell-3", "Worker"], )"
    R"("branch": ["main", "Build"], )"
    R"("builddir": ["/var/lib/buildbot/workers/bell-3/~builder~", "Worker"], )"
    R"("buildername": ["~builder~", "Builder"], )"
    R"("buildnumber": [~number~, "Build"], )"
    R"("cmake_options": [["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_INSTALL_PREFIX=/usr", "-DBELL_TESTS=ON", )"
    R"("-DBELL_DOCUMENTATION=OFF"], "~builder~"], )"
    R"("codebase": ["", "Build"], )"
    R"("commit-description": ["v4.2.1-~number~-g~short~", "Git"], )"
    R"("compiler": ["clang++-19", "~builder~"], )"
    R"("coverage": [87.25, "SetProperty"], )"
    R"("coverage_url": ["https://coverage.example.org/bell/~revision~", "SetProperty"], )"
    R"("event": ["push", "Change"], )"
    R"("flags": [["-O2", "-g", "-Wall", "-Wextra", "-fstack-protector-strong"], "~builder~"], )"
    R"("got_revision": ["~revision~", "Git"], )"
    R"("os_id": ["debian", "WorkerInfo"], )"
    R"("os_version_id": ["12", "WorkerInfo"], )"
    R"("owners": [["Ada Lovelace <ada@example.org>"], "Build"], )"
    R"("packages": [["libbell-dev_4.2.1_amd64.deb", "libbell4_4.2.1_amd64.deb", "bell-tools_4.2.1_amd64.deb"], )"
    R"("ShellCommand"], )"
    R"("project": ["bell", "Build"], )"
    R"("repository": ["https://git.example.org/ring/bell.git", "Build"], )"
    R"("revision": ["~revision~", "Build"], )"
    R"("scheduler": ["after-push", "Scheduler"], )"
    R"("slowest_tests": [["ring/carillon_full_peal", "ring/changes_on_twelve_bells", "cast/founding"], "Test"], )"
    R"("tests_failed": [~results~, "Test"], )"
    R"("tests_passed": [4211, "Test"], )"
    R"("tests_skipped": [17, "Test"], )"
    R"("worker_image": ["registry.example.org/workers/debian12-clang19@sha256:~revision~", "~builder~"], )"
    R"("workername": ["bell-3", "Worker"]}, )"
    R"("buildrequest": {"buildrequestid": ~id~, "buildsetid": ~id~, "builderid": ~builderid~, "priority": 0, )"
    R"("claimed": true, "claimed_at": 1699999999, "claimed_by_masterid": 1, "complete": true, )"
    R"("complete_at": 1700000231, "results": ~results~, "submitted_at": 1699999998, "waited_for": false, )"
    R"("properties": null}, )"
    R"("buildset": {"bsid": ~id~, "external_idstring": null, "reason": "The AnyBranchScheduler scheduler named )"
    R"('after-push' triggered this build", "submitted_at": 1699999998, "complete": true, )"
    R"("complete_at": 1700000231, "results": ~results~, "parent_buildid": null, "parent_relationship": null, )"
    R"("sourcestamps": [)"
    R"({"ssid": ~id~, "branch": "main", "revision": "~revision~", "project": "bell", "codebase": "", )"
    R"("repository": "https://git.example.org/ring/bell.git", "created_at": 1699999997, "patch": null}, )"
    R"({"ssid": 1, "branch": "stable", "revision": null, )"
    R"("project": "bell-data", "codebase": "data", "repository": "https://git.example.org/ring/bell-data.git", )"
    R"("created_at": 1699990000, "patch": null}]}, )"
    R"("parentbuild": null, "parentbuilder": null, )"
    R"("builder": {"builderid": ~builderid~, "name": "~builder~", "description": "Debian 12, clang, all tests, )"
    R"(packages and their installation on a clean machine", "masterids": [1], "tags": ["linux", "amd64", "release"]}, )"
    R"("url": "http://ci.example.org/#builders/~builderid~/builds/~number~"})";

// What identifies the build as labels; the build itself is an annotation.
constexpr std::string_view alert_begin =
    R"({"labels": {"alertname": "build", "batch": "~batch~", "build": "~builder~/~number~", )"
    R"("builder": "~builder~", "branch": "main", "results": "~results~", "project": "bell"}, )"
    R"("generatorURL": "http://ci.example.org/#builders/~builderid~/builds/~number~", "annotations": {"build": ")";

constexpr std::string_view delivery_begin =
    R"({"action": "completed", "workflow_run": {"id": ~id~, "name": "~builder~", "head_branch": "main", )"
    R"("head_sha": "~revision~", "path": ".github/workflows/~builder~.yml", "display_title": "Ring louder", )"
    R"("run_number": ~number~, "event": "push", "status": "completed", "conclusion": "~conclusion~", )"
    R"("workflow_id": ~builderid~, "pull_requests": [], "created_at": "2023-11-14T22:13:18Z", )"
    R"("updated_at": "2023-11-14T22:17:11Z", "run_attempt": 1, "run_started_at": "2023-11-14T22:13:20Z", )"
    R"("html_url": "https://github.com/ring/bell/actions/runs/~id~", "referenced_workflows": [], )"
    R"("triggering_actor": {"login": "ada", "id": 7}, "actor": {"login": "ada", "id": 7}, )"
    R"("head_commit": {"id": "~revision~", "message": "Ring louder on ~builder~", )"
    R"("timestamp": "2023-11-14T22:00:00Z", "author": {"name": "Ada Lovelace", "email": "ada@example.org"}}, )"
    R"("head_repository": )";
constexpr std::string_view delivery_middle =
    R"(}, "workflow": {"id": ~builderid~, "name": "~builder~", "state": "active"}, "repository": )";
constexpr std::string_view delivery_end = R"(, "sender": {"login": "ada", "id": 7, "type": "User"}})";

// With as many addresses as GitHub gives one.
std::string repository_object() {
  std::string out =
      R"({"id": 5, "name": "bell", "full_name": "ring/bell", "private": false, )"
      R"("html_url": "https://github.com/ring/bell", "clone_url": "https://github.com/ring/bell.git")";
  for (int i = 0; i < 90; ++i) {
    const std::string number = std::to_string(i);
    out += R"(, "address_)" + number + R"(_url": "https://api.github.com/repos/ring/bell/addresses/)" +
           number + R"(/of/many/that/are/listed{/sha}{?ref}")";
  }
  return out + "}";
}

// Most builds pass, one in ten has warnings, one in ten fails.
std::int64_t results_of(std::int64_t index) {
  const std::int64_t tenth = index * 7 % 10;
  return tenth == 3 ? 1 : tenth == 6 ? 2 : 0;
}

std::string revision_of(std::int64_t id) {
  static constexpr std::string_view digits = "0123456789abcdef";
  auto state = static_cast<std::uint64_t>(id) * 0x9e3779b97f4a7c15U;
  std::string text;
  for (int i = 0; i < 40; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += digits[state >> 60U];
  }
  return text;
}

void append_filled(std::string_view rest, const Work& work, std::int64_t index, std::string& out) {
  static constexpr std::string_view states[] = {"build successful", "build warnings compile", "failed test"};
  const std::int64_t number = work.number_of(index);
  const std::int64_t builder = work.builder_of(index);
  const std::int64_t id = number * 1000 + builder;
  const std::string id_text = std::to_string(id);
  const std::string number_text = std::to_string(number);
  const std::string builderid_text = std::to_string(builder + 1);
  const std::string builder_text = builder_name(builder);
  const std::string revision_text = revision_of(id);
  const std::string results_text = std::to_string(results_of(index));
  while (true) {
    const auto begin = rest.find('~');
    out += rest.substr(0, begin);
    if (begin == std::string_view::npos) return;
    const auto end = rest.find('~', begin + 1);
    const std::string_view name = rest.substr(begin + 1, end - begin - 1);
    rest.remove_prefix(end + 1);
    if (name == "id") {
      out += id_text;
    } else if (name == "number") {
      out += number_text;
    } else if (name == "builderid") {
      out += builderid_text;
    } else if (name == "builder") {
      out += builder_text;
    } else if (name == "batch") {
      out += std::to_string(work.first) + "-" + std::to_string(index / 50);
    } else if (name == "revision") {
      out += revision_text;
    } else if (name == "short") {
      out += std::string_view(revision_text).substr(0, 8);
    } else if (name == "conclusion") {
      out += results_of(index) == 2 ? "failure" : "success";
    } else if (name == "results") {
      out += results_text;
    } else {  // state
      out += states[results_of(index)];
    }
  }
}

}  // namespace

std::string builder_name(std::int64_t builder) {
  return std::string("linux-amd64-") + (builder < 10 ? "0" : "") + std::to_string(builder);
}

void append_build(const Work& work, std::int64_t index, std::string& out) {
  append_filled(build_template, work, index, out);
}

void append_alert(const Work& work, std::int64_t index, std::string& out) {
  append_filled(alert_begin, work, index, out);
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  append_build(work, index, out);
  std::replace(out.begin() + begin, out.end(), '"',
               '\'');  // the same size as HttpStatusPush's, without escaping
  out += "\"}}";
}

void append_delivery(const Work& work, std::int64_t index, std::string& out) {
  static const std::string repository = repository_object();
  append_filled(delivery_begin, work, index, out);
  out += repository;
  append_filled(delivery_middle, work, index, out);
  out += repository;
  out += delivery_end;
}

}  // namespace carillon::bench
