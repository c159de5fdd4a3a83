// MailNotifier's arguments, checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporter/common/notice.hpp"
#include "reporter/mail/addresses.hpp"
#include "reporter/mail/attachments.hpp"
#include "settings/arguments.hpp"
#include "transport/smtp.hpp"

namespace carillon::reporter::mail {

struct Settings {
  // The same for the same configuration, also after a restart; no secret.
  std::string identity;
  Address from;
  std::vector<Address> extra_recipients;
  bool to_interested_users = true;
  // empty: none.
  std::string lookup_domain;
  // null: none.
  settings::ObjectPtr lookup;
  // Has getResponsibleUsersForBuild(master, buildid); null: none.
  settings::ObjectPtr users_override;
  // Has createEmail or processRecipients; null: none.
  settings::ObjectPtr own_mail;
  NoticeSettings notice;
  LogChoice add_logs;
  bool add_patch = true;
  // Bytes.
  std::uint64_t max_log_size = 0;
  // Mails about one builder and branch are one thread.
  bool threading = false;
  // Keys and values are strings, numbers or renderables.
  settings::Dict extra_headers;
  // Without Relay::token.
  smtp::Relay relay;
  // smtpToken, or.
  Secret token;
  // What makes one for each login; null: none.
  settings::ObjectPtr make_token;
};

// Throws settings::ConfigError: an invalid address, a line end or a bad place in the subject, a user without
// a password and a token, or with both, a port or a size out of range, a header name that cannot be.
Settings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::mail
