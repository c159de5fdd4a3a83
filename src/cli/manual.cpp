#include "cli/manual.hpp"

#include <algorithm>

namespace carillon::cli {
namespace {

constexpr std::string_view description = R"(.SH DESCRIPTION
Carillon hears of builds, from a Buildbot master or from whatever posts JSON to it, and reports them by mail, IRC,
Telegram, and to Gerrit, GitHub, GitLab, Bitbucket and other services.
A report is kept until the other side has taken it.
.PP
.B carillon run
is the server.
The other commands work beside it: on its configuration, or on its database, which they find by
.B \-c
or
.BR \-\-db .
.B carillon exec
needs neither: it posts to a server.
)";

constexpr std::string_view remainder = R"(.SH EXIT STATUS
.TP
.B 0
It worked.
.TP
.B 1
It did not; the reason is on standard error.
.TP
.B 2
Wrong usage.
.PP
.B carillon exec
ends with the exit code of its command: 128 + N when signal N ended it, 127 when there is no such program, 126 when it
cannot be run.
.SH SIGNALS
.B carillon run
stops cleanly at SIGTERM and SIGINT, within 30 seconds, and at once when a second one comes; SIGHUP lets it read its
configuration again.
.B carillon exec
passes SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 on to its command.
)";

constexpr std::string_view ending = R"(.TP
.B CARILLON_TOKEN
The token by which
.B carillon exec
may post to the server.
Its command does not see it.
.TP
.B NO_COLOR
No colours on a terminal, either.
.SH FILES
.TP
.I carillon.cfg
The configuration, a file in Python.
.TP
.I $XDG_STATE_HOME/carillon/spool
Reports of
.B carillon exec
that the server does not have yet; below
.I ~/.local/state
where that variable is not set.
In
.I refused
are those that it did not take.
.SH EXAMPLES
Check a configuration, and start the server:
.PP
.nf
carillon check carillon.cfg && carillon run carillon.cfg
.fi
.PP
Why did nobody hear of a build?
.PP
.nf
carillon explain linux/7
.fi
.PP
A backup every night, in a crontab:
.PP
.nf
CARILLON_URL=http://bell.example.org:8020/
5 3 * * * carillon exec \-\-token\-file ~/.token \-\-builder backup \-\-quiet \-\- ./backup.sh
.fi
.SH SEE ALSO
The guide, in the folder of the package's documentation.
)";

std::string bold(std::string_view text) {
  return "\\fB" + roff_text(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + roff_text(text) + "\\fR";
}

// The parts of a line that are separated so that a line may break between sentences.
std::string sentence(std::string_view text) {
  return roff_text(text) + (text.ends_with('.') ? "\n" : ".\n");
}

// A choice ("debug") and a command are written as they are typed.
std::string capital(std::string text, const std::vector<std::string>& choices) {
  for (const std::string& choice : choices) {
    if (text.starts_with(choice)) return text;
  }
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 32);
  return text;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

std::string entry(const OptionShape& option) {
  std::string text = ".TP\n";
  for (std::size_t i = 0; i < option.names.size(); ++i)
    text += (i == 0 ? "" : ", ") + bold(option.names[i]);
  if (!option.value.empty()) text += " " + italic(option.value);
  text += "\n" + sentence(capital(option.help, option.choices));
  if (!option.choices.empty() && option.help.find(option.choices.front()) == std::string::npos)
    text += sentence("One of " + listed(option.choices));
  if (!option.by_default.empty() && option.help.find("default") == std::string::npos)
    text += sentence("Default: " + option.by_default);
  return text;
}

std::string synopsis(const OptionShape& argument, bool is_command) {
  const std::string called = italic(argument.names.front());
  if (is_command) return " " + called + " ...";
  return argument.required ? " " + called : " [" + called + "]";
}

std::string synopsis(const CommandShape& command) {
  std::string text = bold("carillon " + command.name) + " [" + italic("OPTIONS") + "]";
  if (command.runs_a_command) text += " " + bold("--");
  for (const OptionShape& argument : command.arguments)
    text += synopsis(argument, command.runs_a_command);
  return text + "\n";
}

std::string commands(const ProgramShape& program) {
  std::string text = ".SH COMMANDS\n";
  for (const CommandShape& command : program.commands) {
    text += ".SS " + roff_text("carillon " + command.name) + "\n";
    text += synopsis(command) + ".PP\n" + sentence(command.help);
    for (OptionShape argument : command.arguments) {
      argument.value.clear();
      text += entry(argument);
    }
    for (const OptionShape& option : command.options)
      text += entry(option);
  }
  return text;
}

std::string environment(const ProgramShape& program) {
  std::string text = ".SH ENVIRONMENT\n";
  std::vector<std::string> seen;
  for (const CommandShape& command : program.commands) {
    for (const OptionShape& option : command.options) {
      if (option.environment.empty()) continue;
      bool known = false;
      for (const std::string& one : seen)
        known = known || one == option.environment;
      if (known) continue;
      seen.push_back(option.environment);
      text += ".TP\n" + bold(option.environment) + "\nInstead of " + bold(option.names.back()) + ".\n";
    }
  }
  return text;
}

// Lines of text that people can read in the source of the page, too. What is between .nf and .fi stays.
std::string wrapped(std::string_view page) {
  constexpr std::size_t most = 80;
  std::string out;
  bool fill = true;
  while (!page.empty()) {
    std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(line.size() + 1, page.size()));
    if (line == ".nf" || line == ".fi") fill = line == ".fi";
    while (fill && !line.starts_with('.') && line.size() > most) {
      auto at = line.rfind(' ', most);
      // A line that begins with one of these would be a request.
      while (at != std::string_view::npos && at > 0 && (line[at + 1] == '.' || line[at + 1] == '\''))
        at = line.rfind(' ', at - 1);
      if (at == std::string_view::npos || at == 0) break;
      out += line.substr(0, at);
      out += '\n';
      line.remove_prefix(at + 1);
    }
    out += line;
    out += '\n';
  }
  return out;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  if (!text.empty() && (text.front() == '.' || text.front() == '\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n' || c == '\r' || c == '\0') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

std::string manual(const ProgramShape& program) {
  std::string text = ".TH CARILLON 1 2026-11-25 \"Carillon " + roff_text(CARILLON_VERSION) + "\"\n";
  text += ".SH NAME\ncarillon \\- reports builds\n.SH SYNOPSIS\n";
  for (const CommandShape& command : program.commands)
    text += (&command == &program.commands.front() ? "" : ".br\n") + synopsis(command);
  text += description;
  text += commands(program);
  text += remainder;
  text += environment(program);
  text += ending;
  return wrapped(text);
}

}  // namespace carillon::cli
