// What the manual's "notifiers" have in common: a formatter words each build, and one message goes out for a
// build, for a whole buildset or for a missing worker. Mail writes its own message (mail/mail_writer.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "message/formatter.hpp"
#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

struct NoticeSettings {
  // null: the built-in message.
  settings::ObjectPtr formatter;
  // Likewise.
  settings::ObjectPtr worker_formatter;
  // Words of the manual, shortcuts replaced.
  std::vector<std::string> modes;
  // What builds bring along calls nobody (foreign_text.hpp).
  bool breaks_mentions = false;
  // Checked; empty: only what the formatter gives.
  std::string subject;
};

// Reads what the schema has of messageFormatter, messageFormatterMissingWorker, mode and subject. Throws
// settings::ConfigError.
NoticeSettings read_notice_settings(const settings::Arguments& args);

// Appends the arguments that the manual gives to all notifiers, in Buildbot's order: mode, tags, builders,
// buildSetSummary, messageFormatter, subject, schedulers, branches, watchedWorkers (None),
// messageFormatterMissingWorker; and `previous` of ours. rule::notifier_rule() reads them.
struct NoticeArguments {
  bool subject = true;
  bool workers = true;
  // false: mode is appended where the caller wants it.
  bool mode_first = true;
};
void add_notice_arguments(settings::Schema& schema, const NoticeArguments& which);

// One of those, for a schema with an order of its own.
settings::Argument notice_argument(std::string_view name);

// Properties, changes (blamelist), and what the formatter asks for.
Needs notice_needs(const NoticeSettings& settings);

struct Notice {
  // Of a buildset: those of its builds, one after the other; an empty line beside our own.
  std::string body;
  message::Markup markup = message::Markup::plain;
  // One line; the formatter's, else the reporter's.
  std::string subject;
  // What was worked around.
  std::string note;
  // "build #7 of linux: failure", "buildset 9 (2 builds): failure", "worker x is missing".
  std::string summary;
  // Of the build, of a buildset: linked_build(); empty for a worker.
  std::string url;
  // Of the build or the buildset.
  std::optional<Results> results;
};

// nullopt for a report without builds. Never fails: a formatter that does is replaced, with a note.
asio::awaitable<std::optional<Notice>> word_notice(const NoticeSettings& settings,
                                                   const Environment& environment, const Details& details);

// The mode that chose the report, as the keys of PushoverNotifier's `priorities` are: "change" when the build
// ended differently from the one before it and `change` is watched, else "failing", "passing", "warnings",
// "exception", "cancelled"; "worker_missing"; and "problem" where only that is watched. Empty: none of them.
std::string notice_mode(const NoticeSettings& settings, const Details& details);

// For a service that shows plain text only: tags and entities of HTML replaced by what they stand for.
std::string plain_of_html(std::string_view html);

}  // namespace carillon::reporter
