// Who may come in: what the configuration says of users, tokens and those whom nobody knows.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.hpp"
#include "base/task.hpp"
#include "web/message.hpp"

namespace carillon::access {

// How people log in.
enum class Login {
  none,
  // With name and password, here.
  form,
  // At another server.
  elsewhere,
};

// What came of a step of logging in or out.
struct Step {
  // Where the browser goes; empty: not in.
  std::string to;
  // `to` is one of another server, else a path of ours ("/builds"), without the prefix.
  bool elsewhere = false;
  // Values of Set-Cookie.
  std::vector<std::string> cookies;
  // Why not, for the person; empty: it worked.
  std::string error;
  // Not before that.
  std::optional<std::chrono::seconds> wait;
};

// What comes back with a browser that was sent to another server: the query of /login/back.
struct Answer {
  std::string code;
  std::string state;
  std::string issuer;
  std::string error;
  std::string error_description;
};

// To be used on the io_context thread.
class Access {
 public:
  virtual ~Access() = default;

  // Looks at the header alone: a bearer token, Basic, a session's cookie, what a proxy says. Never asks a
  // disk or another server. Whoever shows something wrong has role none, and `who` says nothing.
  virtual Caller caller(const web::Head& head) = 0;
  // The same of a caller who is unproved; waits for a password to be looked at, or the sessions to be read.
  virtual asio::awaitable<Caller> prove(web::Head head);

  // Whether a caller who was answered is still the same, with that role or a higher one: for answers that go
  // on. head: of that request. Nothing is counted, and no session lasts longer for it.
  virtual bool still(const Caller& then, const web::Head& head, Role needed);

  // Of a request that costs something: whether it comes too soon after others of its address, by nobody who
  // is known; it is counted. nullopt: it may; else for how long it may not.
  virtual std::optional<std::chrono::seconds> too_often(const Caller& /*caller*/) { return std::nullopt; }

  // Whether a request that changes something comes from the caller's own pages (Sec-Fetch-Site, Origin, and
  // the form's token); token: what the form brought, empty for a program. nullopt: it does; else why not.
  virtual std::optional<std::string> forged(const Caller& caller, const web::Head& head,
                                            std::string_view token) const = 0;

  virtual Login login() const { return Login::none; }
  // Whether people can log in, so that a page that may not be seen leads to /login.
  virtual bool has_login() const { return login() != Login::none; }
  // By the form. to: the path where the person wanted to be.
  virtual asio::awaitable<Step> log_in(web::Head head, std::string user, std::string password,
                                       std::string to);
  // Elsewhere: where to go, and the way back.
  virtual asio::awaitable<Step> go_elsewhere(web::Head head, std::string to);
  virtual asio::awaitable<Step> come_back(web::Head head, Answer answer);
  // The session ends.
  virtual asio::awaitable<Step> log_out(web::Head head);

  // What is said to who may not, where there is no login: what to configure.
  virtual std::string hint(Role needed) const = 0;
  // The ways of showing who one is that are told to who shows nothing: a value of WWW-Authenticate each.
  virtual std::vector<std::string> challenges(const web::Head& head) const;
  // Whether addresses of others are masked for viewers.
  virtual bool is_private() const { return false; }
};

}  // namespace carillon::access
