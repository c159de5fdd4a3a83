#include "source/buildbot/shutdown.hpp"

#include <csignal>

#include "base/encoding.hpp"

namespace carillon::source::buildbot {
namespace {

using What = Commands::Shutdown;

constexpr std::chrono::seconds longest_run{60};
constexpr std::size_t longest_answer = 400;  // characters

const char* word_of(What what) {
  switch (what) {
    case What::check:
      return "check";
    case What::start:
      return "start";
    case What::stop:
      return "stop";
    case What::now:
      return "now";
  }
  return "check";
}

// The first line that says something.
std::string answer_of(std::string_view output) {
  while (!output.empty()) {
    const auto size = std::min(output.find('\n'), output.size());
    const auto line = fold_to_line(valid_utf8(output.substr(0, size)));
    if (line.find_first_not_of(" \t") != std::string::npos) return ellipsize(line, longest_answer);
    output.remove_prefix(std::min(size + 1, output.size()));
  }
  return {};
}

std::string own_answer(const std::string& master, What what) {
  switch (what) {
    case What::check:
      return "The command for " + master + " found nothing to complain about.";
    case What::start:
      return master + " shuts down when its running builds have ended.";
    case What::stop:
      return "The shutdown of " + master + " is called off.";
    case What::now:
      return master + " shuts down now.";
  }
  return {};
}

}  // namespace

bool ShutDown::can(Commands::Shutdown what) const {
  if (!settings_.shutdown_command.empty()) return true;
  if (settings_.basedir.empty() || what == What::stop) return false;
  const auto found = LocalProcess::of_master(settings_.basedir);
  return found && *found;
}

Task<std::string> ShutDown::run(Commands::Shutdown what) {
  if (!settings_.shutdown_command.empty()) co_return co_await by_command(what);
  if (!settings_.basedir.empty()) co_return by_signal(what);
  co_return rejected("how to shut " + settings_.name + " down is not configured: sources.Buildbot at " +
                     settings_.where + " has neither shutdown_command nor basedir");
}

Task<std::string> ShutDown::by_command(Commands::Shutdown what) {
  auto argv = settings_.shutdown_command;
  argv.emplace_back(word_of(what));
  process::Limits limits;
  limits.time = longest_run;
  const auto ended = co_await environment_.processes.run(std::move(argv), limits);
  if (!ended) {
    Failure failure = ended.error();
    failure.what = "shutdown_command: " + failure.what;
    co_return failed(std::move(failure));
  }
  const auto complaint = process::complaint(*ended);
  if (!complaint.empty()) co_return rejected("shutdown_command: " + complaint);
  auto answer = answer_of(ended->out);
  co_return answer.empty() ? own_answer(settings_.name, what) : std::move(answer);
}

Result<std::string> ShutDown::by_signal(Commands::Shutdown what) {
  const auto& name = settings_.name;
  if (what == What::stop) {
    return rejected("a signal cannot call the shutdown of " + name +
                    " off; that takes shutdown_command of sources.Buildbot at " + settings_.where);
  }
  auto found = LocalProcess::of_master(settings_.basedir);
  if (!found) return failed(found);
  if (asked_ && (!*found || (*found)->id() != asked_->process.id() || asked_->process.ended()))
    asked_.reset();
  if (!*found) {
    if (what == What::check) return name + " is not running.";
    return rejected(name + " is not running");
  }
  if (what == What::check) {
    if (!asked_) return name + " is running.";
    const bool waits = asked_->what == What::start;
    return name + " is being shut down" + (waits ? "; it waits for its running builds." : ".");
  }
  const auto signalled = (*found)->signal(what == What::start ? SIGUSR1 : SIGTERM);
  if (!signalled) return failed(signalled);
  environment_.log.info("master " + name, "was sent " +
                                              std::string(what == What::start ? "SIGUSR1" : "SIGTERM") +
                                              " (process " + std::to_string((*found)->id()) + ")");
  asked_ = Asked{std::move(**found), what};
  return own_answer(name, what);
}

}  // namespace carillon::source::buildbot
