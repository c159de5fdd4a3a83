// Logging in at an issuer of OpenID Connect: code flow with PKCE, state and nonce.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/jwt.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "settings/web_access.hpp"
#include "transport/http.hpp"

namespace carillon::access {

// What the issuer says of itself (OpenID Connect Discovery 1.0).
struct Issuer {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  // Else the client's secret stands in the header Authorization.
  bool secret_in_body = false;

  // Rejected: it is none, calls itself differently, or names an address that others could read along.
  static Result<Issuer> parse(std::string_view text, std::string_view called);
};

// What comes back with the browser.
struct CameBack {
  std::string code;
  std::string state;
  std::string issuer;
  std::string error;
  std::string error_description;
};

struct Person {
  std::string user;
  std::vector<std::string> groups;
};
// Out of the claims; rejected: they do not hold the one that is the name, or it can be no name.
Result<Person> person_of(const json::object& claims, const settings::OpenIdConnect& settings);

// To be used on the io_context thread. Nothing is kept here of a login that is under way: the browser keeps a
// ticket.
class OpenId : public std::enable_shared_from_this<OpenId> {
 public:
  // How long a login may take.
  static constexpr Millis patience = Millis{10} * 60 * 1000;

  // back: the address to which the issuer sends people back. key: by which tickets are known; whoever has it
  // can make some. The references outlive it.
  OpenId(settings::OpenIdConnect settings, std::string back, std::string key, http::Client& http,
         const Clock& clock);

  struct Begun {
    // Where to send the browser.
    std::string address;
    // For its cookie.
    std::string ticket;
    // What comes back with the browser (CameBack::state).
    std::string state;
  };
  // to: where the person wants to be afterwards. Failures: those of asking the issuer.
  Task<Begun> begin(std::string to);

  struct Finished {
    Person person;
    std::string to;
  };
  // Failures: what is wrong, for people and the log; without codes and tokens.
  Task<Finished> finish(std::string ticket, CameBack came);

  const std::string& issuer() const { return settings_.issuer; }

 private:
  struct Ticket {
    std::string text;
    std::string to;
  };
  std::string derived(std::string_view ticket, std::string_view purpose) const;
  Result<Ticket> read_ticket(const std::string& text) const;
  http::Request code_request(const Issuer& issuer, const std::string& code,
                             const std::string& verifier) const;
  Task<std::string> fetch(http::Request request, std::string what);
  Task<std::shared_ptr<const Issuer>> ask_issuer();
  Task<std::shared_ptr<const JsonWebKeys>> ask_keys(std::string address);
  Task<json::object> checked_claims(std::shared_ptr<const Issuer> issuer, std::string id_token,
                                    std::string nonce);

  settings::OpenIdConnect settings_;
  std::string back_;
  std::string key_;
  http::Client& http_;
  const Clock& clock_;
  std::shared_ptr<const Issuer> issuer_;
  Millis issuer_until_ = 0;
  // That it could not be asked, and until when it is left alone.
  std::optional<Failure> trouble_;
  Millis trouble_until_ = 0;
  std::shared_ptr<const JsonWebKeys> keys_;
  Millis keys_at_ = 0;
};

}  // namespace carillon::access
