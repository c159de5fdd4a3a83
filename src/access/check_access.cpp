#include "access/check_access.hpp"

#include "access/house.hpp"
#include "access/origin.hpp"
#include "access/passwords.hpp"
#include "base/text.hpp"
#include "settings/error.hpp"

namespace carillon::access {
namespace {

constexpr std::string_view in_words = " (doc/access.md)";

bool has_auth(const settings::WebAccess& access) {
  return !std::holds_alternative<std::monostate>(access.auth);
}

// Whoever is in between reads along.
bool goes_in_clear(const settings::Configuration& configuration) {
  return !is_local(configuration) && !configuration.www_url.starts_with("https:");
}

}  // namespace

void check_access(const settings::Configuration& configuration) {
  const auto* passwords = std::get_if<settings::PasswordFile>(&configuration.access.auth);
  if (passwords == nullptr || configuration.www_port < 0) return;
  std::vector<std::string> wrong;
  for (const std::string& complaint : Passwords::complaints_of(passwords->file))
    wrong.push_back(configuration.access.where + ": www.Passwords(file=...): " + complaint);
  if (!wrong.empty()) throw settings::ConfigError(joined(wrong, "\n"));
}

std::vector<std::string> unwise_access(const settings::Configuration& configuration) {
  std::vector<std::string> unwise;
  if (configuration.www_port < 0) return unwise;
  const settings::WebAccess& access = configuration.access;
  const bool nobody =
      !has_auth(access) && access.tokens.empty() && access.anonymous.value_or("none") == "none";
  if (nobody && !is_local(configuration)) {
    unwise.push_back(
        "c['www'] says not who may see the dashboard, and it is not for this machine alone, so "
        "nobody may: write 'auth': www.Passwords(...), or 'roles': {'anonymous': 'viewer'}" +
        std::string(in_words));
  }
  const bool secrets = has_auth(access) || !access.tokens.empty();
  const bool forwarded = std::holds_alternative<settings::ForwardedUser>(access.auth);
  if (secrets && !forwarded && goes_in_clear(configuration)) {
    unwise.push_back(
        "c['www']: whoever shows who he is does so in clear, for all on the way to read: put a proxy with "
        "TLS in front, and write 'url': 'https://...'" +
        std::string(in_words));
  }
  return unwise;
}

}  // namespace carillon::access
