// MailNotifier's arguments, checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporter/mail/addresses.hpp"
#include "reporter/mail/attachments.hpp"
#include "settings/arguments.hpp"
#include "transport/smtp.hpp"

namespace carillon::reporter::mail {

struct Settings {
  std::string identity;  // the same for the same configuration, also after a restart; no secret
  Address from;
  std::vector<Address> extra_recipients;
  bool to_interested_users = true;
  std::string lookup_domain;           // empty: none
  settings::ObjectPtr lookup;          // null: none
  settings::ObjectPtr users_override;  // has getResponsibleUsersForBuild(master, buildid); null: none
  settings::ObjectPtr own_mail;        // has createEmail or processRecipients; null: none
  std::vector<std::string> modes;      // words of the manual, shortcuts replaced
  std::string subject;                 // checked by check_subject()
  LogChoice add_logs;
  bool add_patch = true;
  std::uint64_t max_log_size = 0;        // bytes
  settings::ObjectPtr formatter;         // null: the built-in message
  settings::ObjectPtr worker_formatter;  // likewise
  bool threading = false;                // mails about one builder and branch are one thread
  settings::Dict extra_headers;          // keys and values are strings, numbers or renderables
  smtp::Relay relay;                     // without Relay::token
  Secret token;                          // smtpToken, or
  settings::ObjectPtr make_token;        // what makes one for each login; null: none
};

// Throws settings::ConfigError: an invalid address, a line end or a bad place in the subject, a user without
// a password and a token, or with both, a port or a size out of range, a header name that cannot be.
Settings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::mail
