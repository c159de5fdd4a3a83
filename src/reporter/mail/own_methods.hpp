// What a class of the configuration makes of a mail: createEmail and processRecipients, which a subclass of
// MailNotifier may override as it may in Buildbot (script/python/mail.py). Internal to mail_writer.cpp.
#pragma once

#include <string>
#include <vector>

#include "base/task.hpp"
#include "reporter/mail/mime.hpp"
#include "reporter/reporter.hpp"
#include "settings/object.hpp"

namespace carillon::reporter::mail {

// A mail on its way, as Carillon words it.
struct Draft {
  const Letter& letter;
  const Composed& composed;
  // For SMTP.
  const std::vector<std::string>& recipients;
  // Without the extra recipients.
  const std::vector<Address>& interested;
  // Of the builder; "whole buildset".
  const std::string& name;
  // Of the installation.
  const std::string& title;
  const Details& details;
};

struct Rewritten {
  // Without notes.
  Composed mail;
  // As the methods gave them; may be no addresses.
  std::vector<std::string> recipients;
};

// Asks self for the mail. Files of the spool stay where the methods leave the part that they belong to, and
// go with it where it is taken out. Failure, rejected: a method failed or returned what is no mail; the text
// says which.
Task<Rewritten> rewritten(const settings::ObjectPtr& self, const Draft& draft);

}  // namespace carillon::reporter::mail
