// Who asks, and what he or she may.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::access {

// Each may what those before it may.
enum class Role {
  none,
  // Badges, cc.xml, Atom.
  feeds,
  // Sees who was told and why.
  viewer,
  // Sees what was sent; resends, drops, silences, pauses, tests, replays.
  operator_,
  // Reloads, and sees the configuration.
  admin,
};

// "none", "feeds", "viewer", "operator", "admin".
std::string_view name(Role role);
// nullopt: no role has that name.
std::optional<Role> role_from(std::string_view name);

struct Caller {
  Role role = Role::none;
  // For the audit log: "alice", "token wall"; empty: nobody said who it is.
  std::string who;
  // Of the other side (web::Head).
  std::string address;
  // Signed in with a session: there is something to log out from.
  bool session = false;
  // What a form of this caller has to bring back (CSRF); empty: a program, which needs none.
  std::string form_token;
  // A token or password proves it: no browser sends that by itself.
  bool program = false;
  // It is not known yet who it is: Access::prove() tells.
  bool unproved = false;
  // What is wrong with what was shown; empty: nothing was shown, or it is well.
  std::string trouble;
  // The address has shown too much that was wrong: it is not listened to for so long.
  std::optional<std::chrono::seconds> wait;
};

}  // namespace carillon::access
