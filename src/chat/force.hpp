// What the text form and the dialogue of `force` have in common. For commands_force.cpp and
// force_dialogue.cpp.
#pragma once

#include <string>
#include <vector>

#include "chat/command.hpp"
#include "chat/force_form.hpp"

namespace carillon::chat {

struct Scheduler {
  SourcePtr source;
  Form form;
  // The name; "MASTER/NAME" where several masters have one of that name.
  std::string shown;
};

// A source where nothing can be started as it is configured, and why.
struct Refusal {
  SourcePtr source;
  std::string why;
};

struct Schedulers {
  // The builders.
  Survey survey;
  // Those that are enabled, sorted by `shown`.
  std::vector<Scheduler> schedulers;
  std::vector<Refusal> refusals;
  std::vector<std::string> troubles;
};

asio::awaitable<Schedulers> all_schedulers(const Call& call);

// The builders of the scheduler, as indices.
std::vector<std::size_t> builders_of(const Survey& survey, const Scheduler& scheduler);

// The scheduler with what it asks for of that builder, where that depends on the builder. Failure: its source
// cannot say it, or it does not start that builder.
Task<Scheduler> completed(Scheduler scheduler, const Builder& builder);

// Starts the build; its end will be announced in the place, if its source says which build that is. Yields
// what to say of it. Failure: with the master's reason.
Task<std::string> force_build(Call& call, const Scheduler& scheduler, const Builder& builder,
                              const Values& values);

// `force` without arguments, `force with SCHEDULER [BUILDER [NAME=VALUE...]]`, `force ask NAME SCHEDULER
// BUILDER [NAME=VALUE...]`, `force start SCHEDULER BUILDER [NAME=VALUE...]`: what the buttons say. All the
// state is in the commands.
asio::awaitable<void> force_dialogue(Call& call);

}  // namespace carillon::chat
