// Who may come in: what the configuration says of users, tokens and those whom nobody knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "web/message.hpp"

namespace carillon::access {

// To be used on the io_context thread.
class Access {
 public:
  virtual ~Access() = default;

  // Looks at the header alone: a bearer token, Basic, a session's cookie, what a proxy says. Never asks a
  // disk or another server. Whoever shows something wrong has role none, and `who` says nothing.
  virtual Caller caller(const web::Head& head) = 0;

  // Whether a request that changes something comes from the caller's own pages (Sec-Fetch-Site, Origin, and
  // the form's token); token: what the form brought, empty for a program. nullopt: it does; else why not.
  virtual std::optional<std::string> forged(const Caller& caller, const web::Head& head,
                                            std::string_view token) const = 0;

  // Whether people can log in, so that a page that may not be seen leads to /login.
  virtual bool has_login() const = 0;
  // What is said to who may not, where there is no login: what to configure.
  virtual std::string hint(Role needed) const = 0;
  // Whether addresses of others are masked for viewers.
  virtual bool is_private() const { return false; }
};

// Without c['www']['auth']: whoever reaches a server that listens on the loopback sees all pages, and may do
// nothing; elsewhere nobody may.
class OpenAccess final : public Access {
 public:
  // loopback: the server listens there, and nowhere else.
  explicit OpenAccess(bool loopback) : loopback_(loopback) {}

  Caller caller(const web::Head& head) override;
  std::optional<std::string> forged(const Caller& caller, const web::Head& head,
                                    std::string_view token) const override;
  bool has_login() const override { return false; }
  std::string hint(Role needed) const override;

 private:
  bool loopback_;
};

}  // namespace carillon::access
