// What issuers and their tokens say, as far as it is read without asking anybody.
#include <algorithm>

#include "access/openid.hpp"
#include "access/origin.hpp"
#include "base/url.hpp"

namespace carillon::access {
namespace {

constexpr std::size_t longest_user = 255;
constexpr std::size_t most_groups = 1000;

// Nobody in between reads along.
bool is_private(std::string_view address) {
  const auto url = Url::parse(address);
  if (!url || !url->is_http() || !url->fragment.empty()) return false;
  return url->scheme == "https" || is_loopback(url->host);
}

std::string member_text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

// The claim of that name, or at that path.
const json::value* claim(const json::object& claims, std::string_view name) {
  const json::value* found = claims.if_contains(name);
  return found != nullptr ? found : find(claims, name);
}

bool can_be_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_user &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string names_of(const json::object& claims) {
  std::string names;
  for (const auto& one : claims) {
    if (!one.value().is_string() || names.size() > 200) continue;
    names += (names.empty() ? "" : ", ") + std::string(one.key());
  }
  return names;
}

}  // namespace

Result<Issuer> Issuer::parse(std::string_view text, std::string_view called) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return rejected("what it says of itself is no JSON object");
  const json::object& said = value.get_object();
  const std::string name = member_text(said, "issuer");
  if (name != called) {
    return rejected("it calls itself '" + name + "': write that as www.OpenIDConnect(issuer=...), not '" +
                    std::string(called) + "'");
  }
  Issuer issuer{member_text(said, "authorization_endpoint"), member_text(said, "token_endpoint"),
                member_text(said, "jwks_uri")};
  for (const auto& [what, address] :
       {std::pair("authorization_endpoint", &issuer.authorization_endpoint),
        std::pair("token_endpoint", &issuer.token_endpoint), std::pair("jwks_uri", &issuer.jwks_uri)}) {
    if (!is_private(*address)) return rejected("its " + std::string(what) + " is no https:// address");
  }
  if (const json::array* methods = array_at(said, "token_endpoint_auth_methods_supported")) {
    const auto has = [&](std::string_view method) {
      return std::ranges::any_of(
          *methods, [&](const json::value& one) { return one.is_string() && one.get_string() == method; });
    };
    issuer.secret_in_body = !has("client_secret_basic") && has("client_secret_post");
  }
  return issuer;
}

Result<Person> person_of(const json::object& claims, const settings::OpenIdConnect& settings) {
  const json::value* user = claim(claims, settings.user);
  if (user == nullptr || !user->is_string() || !can_be_name(std::string_view(user->get_string()))) {
    return rejected("the token has no '" + settings.user + "' that can be a name; it has " +
                    names_of(claims) + ": write www.OpenIDConnect(user=...) to take another");
  }
  if (settings.user == "email") {
    const json::value* verified = claims.if_contains("email_verified");
    if (verified != nullptr && (!verified->is_bool() || !verified->get_bool()))
      return rejected("the issuer has not verified that the address is this person's");
  }
  Person person{std::string(user->get_string()), {}};
  if (settings.groups.empty()) return person;
  const json::value* groups = claim(claims, settings.groups);
  if (groups == nullptr) return person;
  if (groups->is_string()) person.groups.emplace_back(groups->get_string());
  if (!groups->is_array()) return person;
  for (const json::value& group : groups->get_array()) {
    if (group.is_string() && person.groups.size() < most_groups)
      person.groups.emplace_back(group.get_string());
  }
  return person;
}

}  // namespace carillon::access
