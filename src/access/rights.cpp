#include "access/rights.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>

#include "access/origin.hpp"
#include "base/digest.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"

namespace carillon::access {
namespace {

constexpr std::size_t crypt_threads = 2;
// Faster than accounts are read again: of one that was away for a moment only, no session counts any more.
constexpr std::chrono::seconds sweep_every{1};
constexpr int sweeps_of_ten_minutes = 600;
constexpr web::Guesses::Limits password_limits{5, std::chrono::milliseconds(12'000), 10'000};
constexpr std::size_t random_key = 32;
// ::1, as limits know it.
constexpr std::string_view own_network = "::/64";

// "?token=..."; "": there is none.
std::string token_in(std::string_view query) {
  for (const std::string_view field : words_of(query, "&")) {
    if (field.starts_with("token=")) return percent_decode(field.substr(6));
  }
  return {};
}

bool comes_by_proxy(const web::Head& head) {
  constexpr std::array marks{"forwarded",      "via",         "x-real-ip",           "cf-connecting-ip",
                             "true-client-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host"};
  return std::ranges::any_of(marks, [&](const char* name) { return head.headers.contains(name); }) ||
         std::ranges::any_of(head.headers,
                             [](const auto& header) { return header.first.starts_with("x-forwarded-"); });
}

// Which way of logging in it is, as sessions remember it.
std::string way_of(const settings::WebAccess& access) {
  if (const auto* passwords = std::get_if<settings::PasswordFile>(&access.auth)) {
    return "passwords " + passwords->file;
  }
  const auto* openid = std::get_if<settings::OpenIdConnect>(&access.auth);
  return openid == nullptr ? "" : "openid " + openid->issuer + " " + openid->client_id + " " + openid->user;
}

Peers peers_of(const settings::WebAccess& access) {
  std::vector<std::string> all = access.proxies;
  const auto add = [&](const std::vector<std::string>& some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  if (const auto* passwords = std::get_if<settings::PasswordFile>(&access.auth)) add(passwords->proxies);
  // Whoever may tell of a user has to be named there.
  if (const auto* forwarded = std::get_if<settings::ForwardedUser>(&access.auth)) all = forwarded->proxies;
  if (const auto* openid = std::get_if<settings::OpenIdConnect>(&access.auth)) add(openid->proxies);
  return Peers(all);
}

House house_of(const settings::Configuration& configuration) {
  const settings::WebAccess& access = configuration.access;
  const bool open =
      std::holds_alternative<std::monostate>(access.auth) && !access.anonymous && is_local(configuration);
  return {access,
          configuration.www_url,
          Roles(access, open ? Role::viewer : Role::none),
          Tokens(access.tokens),
          peers_of(access),
          open,
          nullptr,
          nullptr,
          way_of(access),
          configuration.www_url.starts_with("https:")};
}

}  // namespace

Rights::Rights(Around around)
    : around_(std::move(around)),
      workers_(crypt_threads),
      house_(std::make_shared<const House>(house_of(settings::Configuration()))),
      sessions_(around_.io, around_.memory, around_.clock, around_.log),
      password_guesses_(password_limits),
      key_(random_bytes(random_key)) {
  asio::co_spawn(around_.io, sweep(alive_), or_end);
}

Rights::~Rights() {
  workers_.join();
}

void Rights::apply(const settings::Configuration& configuration) {
  House house = house_of(configuration);
  if (const auto* file = std::get_if<settings::PasswordFile>(&house.settings.auth)) {
    house.passwords = house_->passwords;
    if (!house.passwords || house.passwords->file() != file->file) {
      house.passwords = Passwords::open(file->file, workers_, around_.log);
      house.passwords->watch(around_.io);
    }
  }
  if (const auto* openid = std::get_if<settings::OpenIdConnect>(&house.settings.auth)) {
    house.openid = std::make_shared<OpenId>(*openid, configuration.www_url + "login/back", key_, around_.http,
                                            around_.clock);
  }
  house_ = std::make_shared<const House>(std::move(house));
  proofs_.clear();
}

// Sessions are read as soon as they can be, and those that no longer count end.
asio::awaitable<void> Rights::sweep(std::weak_ptr<const bool> alive) {
  for (int sweep = 0; !alive.expired(); ++sweep) {
    co_await sessions_.load();
    if (sweep % sweeps_of_ten_minutes == 0) co_await sessions_.forget_again();
    const HousePtr house = house_;
    co_await sessions_.end_where([this, house](const Session& session) { return !counts(*house, session); });
    co_await sleep_for(sweep_every);
  }
}

bool Rights::counts(const House& house, const Session& session) const {
  if (house.by.empty() || session.by != house.by) return false;
  return !house.passwords || session.mark == house.passwords->mark_of(session.user);
}

std::string Rights::form_token(std::string_view of) const {
  return base64_url_encode(hmac_sha256(key_, "form " + std::string(of)));
}

// A proxy that asks for passwords or tokens itself may send along what it was shown.
std::optional<Shown> Rights::shown_to_us(const House& house, const web::Head& head) {
  auto shown = shown_in(head.authorization);
  const bool for_proxy = shown && house.forwarded() != nullptr && house.peers.believed(head) &&
                         house.tokens.find(shown->text()) == nullptr;
  return for_proxy ? std::nullopt : shown;
}

Caller Rights::caller(const web::Head& head) {
  const House& house = *house_;
  Caller caller;
  caller.address = house.peers.address_of(head);
  if (const auto shown = shown_to_us(house, head)) {
    return shown->basic ? with_password(house, std::move(caller), *shown, head)
                        : with_token(house, std::move(caller), shown->bearer, false);
  }
  if (const std::string token = token_in(head.query); !token.empty())
    return with_token(house, std::move(caller), token, true);
  if (!house.by.empty() && !cookie_of(head, house.cookie_name()).empty())
    return with_session(house, std::move(caller), head);
  if (house.forwarded() != nullptr) return forwarded(house, std::move(caller), head);
  return anonymous(house, std::move(caller), head);
}

Caller Rights::with_token(const House& house, Caller caller, std::string_view shown, bool in_address) {
  const auto now = std::chrono::steady_clock::now();
  caller.wait = token_guesses_.shut_out(caller.address, now);
  if (caller.wait) {
    caller.trouble = "too many wrong tokens from " + caller.address;
    return caller;
  }
  const Tokens::Known* known = house.tokens.find(shown);
  if (known == nullptr) {
    token_guesses_.wrong(caller.address, shown, now);
    tell(token_guesses_, caller.address, "shows a token that is none");
    caller.trouble = "the token that was shown is none that is known here";
  } else if (in_address && known->role != Role::feeds) {
    caller.trouble =
        "a token may stand in an address only when its role is feeds: send 'Authorization: Bearer TOKEN'";
  } else {
    caller.who = "token " + known->name;
    caller.role = known->role;
    caller.program = true;
  }
  return caller;
}

Caller Rights::with_password(const House& house, Caller caller, const Shown& shown, const web::Head& head) {
  if (!house.passwords || house.tokens.find(shown.password) != nullptr)
    return with_token(house, std::move(caller), shown.password, false);
  const Proof* proof = proof_of(house, head);
  if (proof != nullptr && proof->until > around_.clock.now()) {
    caller.who = proof->user;
    caller.role = house.roles.of(caller.who, {});
    caller.program = true;
    return caller;
  }
  caller.wait = password_guesses_.shut_out(caller.address, std::chrono::steady_clock::now());
  if (caller.wait) {
    caller.trouble = "too many wrong passwords from " + caller.address;
  } else {
    caller.unproved = true;
  }
  return caller;
}

const Rights::Proof* Rights::proof_of(const House& house, const web::Head& head) const {
  const auto proof = proofs_.find(hmac_sha256(key_, head.authorization));
  const bool counts = proof != proofs_.end() && house.passwords &&
                      proof->second.mark == house.passwords->mark_of(proof->second.user);
  return counts ? &proof->second : nullptr;
}

Caller Rights::with_session(const House& house, Caller caller, const web::Head& head) {
  const std::string_view id = cookie_of(head, house.cookie_name());
  const Session* session = sessions_.find(id);
  if (session != nullptr && counts(house, *session)) {
    caller.who = session->user;
    caller.role = house.roles.of(session->user, session->groups);
    caller.session = true;
    // Of the session itself: it works as long.
    caller.form_token = base64_url_encode(hmac_sha256(id, "form"));
    return caller;
  }
  if (!sessions_.loaded()) {
    caller.unproved = true;
    return caller;
  }
  return anonymous(house, std::move(caller), head);
}

Caller Rights::forwarded(const House& house, Caller caller, const web::Head& head) const {
  const settings::ForwardedUser& how = *house.forwarded();
  const std::string_view user = trim(header(head, how.header));
  if (user.empty() || !house.peers.believed(head)) return anonymous(house, std::move(caller), head);
  if (user.find(',') != std::string_view::npos) {
    caller.trouble =
        "the header " + how.header + " came twice, or holds a comma: the proxy has to replace it";
    return caller;
  }
  std::vector<std::string> groups;
  if (!how.groups.empty()) {
    for (const std::string_view group : words_of(header(head, how.groups), ","))
      groups.emplace_back(trim(group));
  }
  caller.who = user;
  caller.role = house.roles.of(caller.who, groups);
  caller.form_token = form_token(caller.who);
  return caller;
}

Caller Rights::anonymous(const House& house, Caller caller, const web::Head& head) const {
  if (!house.open) {
    caller.role = house.roles.anonymous();
  } else if (comes_by_proxy(head)) {
    caller.trouble = "a proxy passes this on, so not only this machine asks";
  } else if (!head.peer.empty() && !is_loopback(head.peer)) {  // as another node says that passes it on
    caller.trouble = "it comes from " + head.peer + ", so not only this machine asks";
  } else if (const std::string host = host_of(head); !is_loopback(host)) {
    // A page of another site whose name leads here would read along.
    caller.trouble = "'" + host + "' is not what this machine is called here: ask for localhost or 127.0.0.1";
  } else {
    caller.role = house.roles.anonymous();
  }
  return caller;
}

// As caller(), of what was right once; nothing is done.
Caller Rights::known_by(const House& house, const web::Head& head) const {
  Caller caller;
  const auto is = [&](std::string who, Role role) {
    caller.who = std::move(who);
    caller.role = role;
    return caller;
  };
  if (const auto shown = shown_to_us(house, head)) {
    if (const Tokens::Known* token = house.tokens.find(shown->text()))
      return is("token " + token->name, token->role);
    const Proof* proof = shown->basic ? proof_of(house, head) : nullptr;
    return proof == nullptr ? caller : is(proof->user, house.roles.of(proof->user, {}));
  }
  if (const std::string text = token_in(head.query); !text.empty()) {
    const Tokens::Known* token = house.tokens.find(text);
    return token == nullptr || token->role != Role::feeds ? caller : is("token " + token->name, token->role);
  }
  if (!house.by.empty() && !cookie_of(head, house.cookie_name()).empty()) {
    const Session* session = sessions_.peek(cookie_of(head, house.cookie_name()));
    if (session != nullptr && counts(house, *session))
      return is(session->user, house.roles.of(session->user, session->groups));
    return anonymous(house, std::move(caller), head);
  }
  if (house.forwarded() != nullptr) return forwarded(house, std::move(caller), head);
  return anonymous(house, std::move(caller), head);
}

bool Rights::still(const Caller& then, const web::Head& head, Role needed) {
  const Caller now = known_by(*house_, head);
  return now.role >= needed && now.who == then.who;
}

std::optional<std::chrono::seconds> Rights::too_often(const Caller& caller) {
  const bool here = is_loopback(caller.address) || caller.address == own_network;
  if (!caller.who.empty() || here) return std::nullopt;
  const auto wait = pace_.ask(caller.address, std::chrono::steady_clock::now());
  if (wait) tell(token_guesses_, caller.address, "asks for more pages than who is not known may");
  return wait;
}

std::optional<std::string> Rights::forged(const Caller& caller, const web::Head& head,
                                          std::string_view token) const {
  const Origin origin = origin_of(head, house_->url);
  if (origin == Origin::foreign) return "this was sent by a page of another site";
  if (caller.program) return std::nullopt;
  if (caller.form_token.empty()) return std::nullopt;
  if (origin == Origin::unsaid)
    return "the browser does not say which page sent this (Sec-Fetch-Site, Origin); programs use a token";
  const std::string_view shown = token.empty() ? header(head, "x-form-token") : token;
  if (!equal_secrets(shown, caller.form_token)) return "the form is an old one: load its page again";
  return std::nullopt;
}

void Rights::tell(web::Guesses& guesses, const std::string& address, const std::string& what) {
  const auto times = guesses.to_tell(address, what, std::chrono::steady_clock::now());
  if (times) around_.log.warning("access", address + " " + what + *times);
}

}  // namespace carillon::access
