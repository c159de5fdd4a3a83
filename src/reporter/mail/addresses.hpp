// E-mail addresses as people write them, and who gets a mail. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::reporter::mail {

struct Address {
  // To be shown, UTF-8; may be empty.
  std::string name;
  // local@domain, as SMTP takes it.
  std::string address;

  // Same mailbox: the domain counts without case, the local part with it (RFC 5321 2.4).
  bool same_mailbox(const Address& other) const;
  friend bool operator==(const Address&, const Address&) = default;
};

// "full.name@example.net", "Full Name <full.name@example.net>", "<full.name@example.net>", as Buildbot
// accepts them; a domain may also have no dot ("buildbot@localhost") or be an address literal
// ("me@[127.0.0.1]"). Nullopt for anything else; control characters, invalid UTF-8 and addresses of more than
// 254 bytes (RFC 5321) are never accepted. A dot at the end of the domain is dropped, and a domain that is
// not ASCII becomes one (IDNA).
std::optional<Address> parse_address(std::string_view text);

// The same for the name of a user as a version control system gives it: git writes `'User'
// <user@foo.com>@foo.com`, so what follows the last of several @ is chopped first.
std::optional<Address> parse_user(std::string_view text);

// lookup='example.org': the user's address there, or the user itself when it has an @ already.
std::string in_domain(std::string_view user, std::string_view domain);

// Who a mail goes to. Every mailbox is in there once.
struct Recipients {
  std::vector<Address> to;
  std::vector<Address> cc;

  bool empty() const { return to.empty() && cc.empty(); }
  // For SMTP.
  std::vector<std::string> addresses() const;
};

// Interested users are To and the extra recipients CC; without interested users the extra ones are To.
// Sorted.
Recipients choose_recipients(std::vector<Address> interested, std::vector<Address> extra);

}  // namespace carillon::reporter::mail
