// MailNotifier: mails about builds, buildsets and missing workers (Buildbot manual 2.5.12.1).
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"
#include "transport/smtp.hpp"

namespace carillon::reporter::mail {

settings::Schema schema();

// One delivery per report and one part per recipient. Throws settings::ConfigError for arguments that have
// the right type and are wrong all the same. mode, builders, tags, schedulers, branches, buildSetSummary,
// watchedWorkers and previous are checked and judged by rule/; here only the mode's words are handed to
// templates. Python is called for: formatters ("format"), renderables in extraHeaders ("render", [build]),
// lookup ("getAddress", [user]), an overridden method getResponsibleUsersForBuild ([master, buildid]), and
// createEmail and processRecipients (own_methods.hpp).
// Where such a call fails the mail goes out without its result, and Delivery::note says so; only when nobody
// at all would get the mail because of a failed lookup is the report tried again.
std::unique_ptr<Reporter> make(const settings::Arguments& args, Environment env);

// The same over a given SMTP client, for tests.
std::unique_ptr<Reporter> make(const settings::Arguments& args, Environment env,
                               std::unique_ptr<smtp::Client> client);

}  // namespace carillon::reporter::mail
