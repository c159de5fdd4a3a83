// Composes a message (RFC 5322, MIME: RFC 2045-2047, 2231). Pure: the same letter gives the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "message/formatter.hpp"
#include "reporter/common/long_body.hpp"
#include "reporter/log_file.hpp"
#include "reporter/mail/addresses.hpp"

namespace carillon::reporter::mail {

struct Attachment {
  std::string filename;
  // Any bytes; sent as text/plain in base64.
  std::string content;
  // The content, instead.
  std::optional<LogFile> file;
  // Bytes of the file that are sent; 0: all.
  std::uint64_t most = 0;
};

struct Letter {
  Address from;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::string subject;
  Millis date = 0;
  // Without brackets; printable ASCII.
  std::string message_id;
  // Likewise; the last one is what this answers.
  std::vector<std::string> references;
  // List-Id (RFC 2919); empty: none.
  Address list;
  // Further headers, in order.
  std::vector<std::pair<std::string, std::string>> extra;
  message::Markup markup = message::Markup::plain;
  std::string body;
  std::vector<Attachment> attachments;
};

struct Composed {
  // Lines end in CRLF and have at most 998 octets; valid UTF-8 without NUL.
  std::string text;
  // Attached in base64 where they belong; the text has nothing there.
  std::vector<PayloadFile> files;
  // Attachments that stand in the text, in base64.
  std::vector<InlineText> texts;
  // What was left out or changed, for the operator.
  std::vector<std::string> notes;
};

// Any text is taken: CR, LF and NUL in header values become a space; in the body every kind of line end
// becomes CRLF, and NUL and invalid UTF-8 become U+FFFD. Extra headers with an impossible name, and those
// that the message has already, are left out with a note; only References, In-Reply-To, List-Id and
// Auto-Submitted are replaced by extra ones. An extra header that holds addresses (Reply-To, Sender, ...)
// keeps them readable. The body is 7bit when it is ASCII in short lines, else quoted-printable or base64,
// whichever is smaller.
Composed compose(const Letter& letter);

// "Mon, 02 Jan 2006 15:04:05 +0000" (RFC 5322 3.3).
std::string date_text(Millis at);

// "<hash>@<domain of the sender>": the same for the same seed, printable ASCII whatever is in the seed.
std::string stable_id(std::string_view seed, const Address& from);

// `Title <title.carillon.DOMAIN>`, of the sender's domain: by this, filters know the mails of one
// installation.
Address list_of(std::string_view title, const Address& from);

}  // namespace carillon::reporter::mail
