#include <algorithm>

#include "chat/command.hpp"

namespace carillon::chat {
namespace {

using Media = Command::Media;

bool has(const Traits& traits, const Command& command) {
  switch (command.media) {
    case Media::any:
      return true;
    case Media::channels:
      return traits.channels;
    case Media::keyboards:
      return traits.keyboards;
  }
  return false;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {.name = "commands",
       .usage = "commands",
       .help = "list available commands",
       .run = run_commands,
       .arguments = {{"botfather", "commands botfather - the list for BotFather's /setcommands"}}},
      {.name = "dance", .media = Media::channels, .words = false, .usage = "dance", .run = run_dance},
      {.name = "destroy",
       .media = Media::channels,
       .words = false,
       .usage = "destroy WHAT",
       .run = run_destroy},
      {.name = "force",
       .dangerous = true,
       .usage = "force build [--codebase=CODEBASE] [--branch=BRANCH] [--revision=REVISION] "
                "[--project=PROJECT] [--repository=REPOSITORY] [--props=PROP1=VAL1,PROP2=VAL2...] "
                "[--scheduler=SCHEDULER] BUILDER REASON",
       .help = "force a build",
       .run = run_force},
      {.name = "getid",
       .media = Media::keyboards,
       .words = false,
       .usage = "getid",
       .help = "get user and chat ID",
       .run = run_getid},
      {.name = "hello", .words = false, .usage = "hello", .help = "say hello", .run = run_hello},
      {.name = "help",
       .usage = "help [COMMAND [ARGUMENT]]",
       .help = "give help for a command or one of its arguments",
       .run = run_help},
      {.name = "hustle", .media = Media::channels, .words = false, .usage = "hustle", .run = run_hustle},
      {.name = "join",
       .dangerous = true,
       .media = Media::channels,
       .usage = "join CHANNEL [KEY]",
       .help = "join a channel",
       .run = run_join},
      {.name = "last",
       .usage = "last [BUILDER|all]",
       .help = "list last build status for a builder",
       .run = run_last},
      {.name = "leave",
       .dangerous = true,
       .media = Media::channels,
       .usage = "leave CHANNEL",
       .help = "leave a channel",
       .run = run_leave},
      {.name = "list",
       .usage = "list [all|N] builders|workers|changes",
       .help = "list configured builders or workers",
       .run = run_list,
       .arguments = {{"builders", "list [all] builders - those that can build now; all: and the others"},
                     {"workers", "list [all] workers - those that have a builder; all: and the others"},
                     {"changes", "list [N] changes - the last N changes, 10 if you do not say"}}},
      {.name = "mute",
       .media = Media::channels,
       .words = false,
       .usage = "mute",
       .help = "say nothing here until somebody says unmute",
       .run = run_mute},
      {.name = "nay",
       .media = Media::keyboards,
       .words = false,
       .usage = "nay",
       .help = "forget the current command",
       .run = run_nay},
      {.name = "notify",
       .usage = "notify on|off|list [EVENT...]",
       .help = "notify me about build events",
       .run = run_notify,
       .arguments = {{"on", "notify on [EVENT...] - report these, too; without any: started, finished"},
                     {"off", "notify off [EVENT...] - report these no longer; without any: nothing"},
                     {"list", "notify list - what is reported here"}}},
      {.name = "shutdown",
       .dangerous = true,
       .usage = "shutdown check|start|stop|now [MASTER]",
       .help = "shutdown the buildbot master",
       .run = run_shutdown,
       .arguments = {{"check", "shutdown check - is the master running or shutting down?"},
                     {"start", "shutdown start - shut down when the running builds have ended"},
                     {"stop", "shutdown stop - do not shut down, after all"},
                     {"now", "shutdown now - shut down without waiting for the builds"}}},
      {.name = "source",
       .words = false,
       .usage = "source",
       .help = "where I come from, and the masters' home pages",
       .run = run_source},
      {.name = "start", .media = Media::keyboards, .words = false, .usage = "start", .run = run_start},
      {.name = "status",
       .usage = "status [BUILDER|all]",
       .help = "list status of a builder (or all builders)",
       .run = run_status},
      {.name = "stop",
       .dangerous = true,
       .usage = "stop build BUILDER REASON",
       .help = "stop a running build",
       .run = run_stop},
      {.name = "unmute",
       .media = Media::channels,
       .words = false,
       .usage = "unmute",
       .help = "speak again after mute",
       .run = run_unmute},
      {.name = "version", .words = false, .usage = "version", .help = "show my version", .run = run_version},
      {.name = "watch",
       .usage = "watch BUILDER",
       .help = "announce the completion of an active build",
       .run = run_watch},
  };
  return table;
}

const Command* find_command(const Traits& traits, std::string_view name) {
  const auto& table = commands();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Command& one) { return one.name == name; });
  return found != table.end() && has(traits, *found) ? &*found : nullptr;
}

std::vector<const Command*> commands_of(const Traits& traits) {
  std::vector<const Command*> found;
  for (const Command& command : commands()) {
    if (has(traits, command)) found.push_back(&command);
  }
  return found;
}

}  // namespace carillon::chat
