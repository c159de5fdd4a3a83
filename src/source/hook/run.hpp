// What all CIs have in common: a run of a pipeline, and its jobs. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "source/hook/words.hpp"

namespace carillon::source::hook {

// Part of a run: a job of a pipeline, or a step of a job.
struct Job {
  // Unique within the source, of letters, digits, '.', '_' and '-'; may be empty.
  std::string id;
  std::string name;
  State state;
  // What failed in it, or what the CI says of it; may be empty.
  std::string said;
  // Seconds since the epoch.
  std::optional<std::int64_t> started;
  std::optional<std::int64_t> ended;
  std::string url;
  // On which machine; may be empty.
  std::string worker;
  // Job::id of the try before, where the CI tells of each: that one does not count any more.
  std::string instead_of = {};
  // Whether the CI can be asked for its log, by its id, which is a number then.
  bool has_log = false;
  // It stands for the whole run, so that this has a log: what the log is asked by instead of the project.
  std::string whole_run;
  // Its log, or the end of it, where the CI told it along; may be empty.
  std::string log;
};

// How the tests went.
struct Tests {
  std::int64_t total = 0;
  std::int64_t passed = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::vector<std::string> failed_names;
};

// A commit, as far as it is known. Who made it chose the texts.
struct Commit {
  std::string revision;
  std::string author;
  std::string mail;
  std::string message;
  std::optional<std::int64_t> when;
  std::vector<std::string> files;
};

// A run of a pipeline, or a job that is told of by itself, as a CI says it. What is not known is empty. All
// moments are seconds since the epoch.
struct Run {
  State state;
  // Unique within the source, of letters, digits, '.', '_' and '-': the same for everything that tells of one
  // attempt of one run, hook or API.
  std::string id;
  // By what tests are posted for it, where its id has more than people can know; empty: by its id.
  std::string posted_as;
  // Tells apart what ends several times under one id; else empty.
  std::string occurrence;
  // Where each try has an id of its own: what they are tries of. The occurrence is then when a try began.
  std::string tries_of;
  // As people see it.
  std::int64_t number = 0;
  // The CI has no number for it: it gets the next of its builder's.
  bool counted = false;
  std::int64_t attempt = 1;
  // The run's own number, where it has one.
  std::optional<std::int64_t> numeric_id;
  // Of a job that is told of by itself: Run::id of its run.
  std::string of_run;
  // The chain of events that it is part of, where the CI has such: tests are told with it. May be empty.
  std::string chain;

  // "acme/app", and the pipeline's name; of a job that is told of by itself its own name, too.
  std::string project;
  std::string pipeline;
  std::string job;

  // What a function of the user's calls its builder; empty: nothing (builder_name.hpp).
  std::string builder;
  // What is odd about what was said of it, for people: "unknown result 'x'".
  std::vector<std::string> notes;
  // What the CI says of the state, where it is more than a word.
  std::string said;
  // It says more than the names of the jobs that failed.
  bool said_counts = false;
  std::optional<std::int64_t> submitted;
  std::optional<std::int64_t> started;
  std::optional<std::int64_t> ended;
  // For people.
  std::string url;

  // To clone from, with https.
  std::string repository;
  std::string revision;
  // As people name it: "main", "refs/tags/v1", or for a pull request "refs/pull/7/head".
  std::string branch;
  std::string base_branch;
  // Of a pull request.
  std::optional<std::int64_t> pull_request;
  std::string pull_request_url;
  // Where it is from: "someone/app", and the branch there.
  std::string head_repository;
  std::string head_branch;
  // Of a job that does not say whether its branch is ours: the run that it belongs to may know.
  bool branch_unsure = false;
  // From another repository: whoever opened the pull request chose what its commits say.
  bool from_fork = false;
  Commit commit;

  // What set it off: "push", "schedule".
  std::string event;
  // Who did, by login.
  std::string owner;
  std::string reason;
  std::string worker;
  std::vector<std::string> tags;
  std::vector<Job> jobs;
  std::optional<Tests> tests;
  // More properties, by name.
  std::vector<std::pair<std::string, json::value>> properties;
};

// What is known of a job of a run that is told of elsewhere.
struct JobOfRun {
  // Run::id of it. Empty: the run that is under way in the chain.
  std::string run;
  Job job;
  // The job as a build of its own. It is one, too, when no run is under way in the chain, unless it has no
  // id.
  Run alone;
  std::string chain = {};
  // When nothing is heard of the run within ten minutes the job's end is a build of its own.
  bool may_be_alone = false;
};

// A test that is told of by itself.
struct TestOfRun {
  // Run::id or Job::id of what it belongs to. Empty: the run that is under way in the chain.
  std::string of;
  std::string chain;
  // Unique within that.
  std::string id;
  std::string name;
  Results results = Results::success;
  // As JobOfRun::alone.
  Run alone;
};

}  // namespace carillon::source::hook
