#include "access/openid.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::access {
namespace {

constexpr Millis issuer_lasts = Millis{3600} * 1000;
constexpr Millis keys_last = Millis{24} * 3600 * 1000;
// A key that is not known makes us ask again, but not more often.
constexpr Millis keys_at_least = Millis{60} * 1000;
constexpr Millis left_alone = Millis{5} * 1000;
constexpr std::size_t largest_answer = std::size_t{512} << 10U;
constexpr std::chrono::seconds answer_time{10};
constexpr std::size_t longest_told = 200;

std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields)
    form += (form.empty() ? "" : "&") + name + "=" + percent_encode(value);
  return form;
}

// What another server says, within a sentence of ours.
std::string quoted(std::string_view text) {
  return fold_to_line(ellipsize(valid_utf8(text), longest_told));
}

// Of an answer that is an error (RFC 6749, 5.2).
std::string shown_error(const http::Response& response) {
  boost::system::error_code error;
  const json::value value = json::parse(response.body, error);
  std::string text = "HTTP " + std::to_string(response.status);
  if (error || !value.is_object()) return text;
  const std::string code = text_at(value.get_object(), "error");
  const std::string description = text_at(value.get_object(), "error_description");
  if (!code.empty()) text += ", " + quoted(code);
  if (!description.empty()) text += ": " + quoted(description);
  return text;
}

http::Request get(std::string url) {
  http::Request request;
  request.url = std::move(url);
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

}  // namespace

OpenId::OpenId(settings::OpenIdConnect settings, std::string back, std::string key, http::Client& http,
               const Clock& clock)
    : settings_(std::move(settings)),
      back_(std::move(back)),
      key_(std::move(key)),
      http_(http),
      clock_(clock) {}

// What belongs to a ticket, and nobody can tell who has not the key.
std::string OpenId::derived(std::string_view ticket, std::string_view purpose) const {
  return base64_url_encode(hmac_sha256(key_, std::string(purpose) + " " + std::string(ticket)));
}

Result<OpenId::Ticket> OpenId::read_ticket(const std::string& text) const {
  const auto parts = words_of(text, ".");
  if (parts.size() != 4)
    return rejected("this browser has begun no login here, or the login took longer than ten minutes");
  const std::string ticket = text.substr(0, text.rfind('.'));
  if (!equal_secrets(derived(ticket, "ticket"), parts[3]))
    return rejected("this login began before the server was restarted, or elsewhere");
  const auto to = base64_url_decode(parts[2]);
  if (!is_digits(parts[1]) || parts[1].size() > 15 || !to)
    return rejected("the ticket of this login is broken");
  if (clock_.now() - std::stoll(std::string(parts[1])) > patience)
    return rejected("the login took longer than ten minutes");
  return Ticket{ticket, *to};
}

Task<std::string> OpenId::fetch(http::Request request, std::string what) {
  request.timeout = answer_time;
  request.max_body = largest_answer;
  auto response = co_await http_.request(std::move(request));
  if (!response) co_return failed(response);
  if (response->status != 200) co_return rejected(what + ": " + shown_error(*response));
  co_return std::move(response->body);
}

Task<std::shared_ptr<const Issuer>> OpenId::ask_issuer() {
  const auto self = shared_from_this();
  if (issuer_ && clock_.now() < issuer_until_) co_return issuer_;
  if (trouble_ && clock_.now() < trouble_until_) co_return failed(*trouble_);
  std::string base = settings_.issuer;
  if (base.ends_with('/')) base.pop_back();
  auto text = co_await fetch(get(base + "/.well-known/openid-configuration"), "its configuration");
  auto issuer = text ? Issuer::parse(*text, settings_.issuer) : failed(text);
  if (!issuer) {
    trouble_ = issuer.error();
    trouble_->what = "the issuer " + settings_.issuer + " cannot be used: " + trouble_->what;
    trouble_until_ = clock_.now() + left_alone;
    co_return failed(*trouble_);
  }
  trouble_.reset();
  issuer_ = std::make_shared<const Issuer>(std::move(*issuer));
  issuer_until_ = clock_.now() + issuer_lasts;
  co_return issuer_;
}

Task<std::shared_ptr<const JsonWebKeys>> OpenId::ask_keys(std::string address) {
  const auto self = shared_from_this();
  auto text = co_await fetch(get(std::move(address)), "the issuer's keys");
  if (!text) co_return failed(text);
  auto keys = JsonWebKeys::parse(*text);
  if (!keys) co_return failed(keys);
  keys_ = std::make_shared<const JsonWebKeys>(std::move(*keys));
  keys_at_ = clock_.now();
  co_return keys_;
}

Task<OpenId::Begun> OpenId::begin(std::string to) {
  const auto self = shared_from_this();
  const auto issuer = co_await ask_issuer();
  if (!issuer) co_return failed(issuer.error());
  const std::string ticket =
      random_text() + "." + std::to_string(clock_.now()) + "." + base64_url_encode(to.empty() ? "/" : to);
  const std::string challenge = base64_url_encode(sha256(derived(ticket, "verifier")));
  const std::string state = derived(ticket, "state");
  const std::string& address = (*issuer)->authorization_endpoint;
  const std::string query = form_of({{"response_type", "code"},
                                     {"client_id", settings_.client_id},
                                     {"redirect_uri", back_},
                                     {"scope", joined(settings_.scopes, " ")},
                                     {"state", state},
                                     {"nonce", derived(ticket, "nonce")},
                                     {"code_challenge", challenge},
                                     {"code_challenge_method", "S256"}});
  co_return Begun{address + (address.find('?') == std::string::npos ? "?" : "&") + query,
                  ticket + "." + derived(ticket, "ticket"), state};
}

http::Request OpenId::code_request(const Issuer& issuer, const std::string& code,
                                   const std::string& verifier) const {
  http::Request request = get(issuer.token_endpoint);
  request.method = "POST";
  request.redirects = 0;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  std::vector<std::pair<std::string, std::string>> fields = {{"grant_type", "authorization_code"},
                                                             {"code", code},
                                                             {"redirect_uri", back_},
                                                             {"code_verifier", verifier}};
  const bool in_header = !settings_.client_secret.empty() && !issuer.secret_in_body;
  if (in_header) {
    const std::string both =
        percent_encode(settings_.client_id) + ":" + percent_encode(settings_.client_secret.reveal());
    request.headers.emplace_back("Authorization", "Basic " + base64_encode(both));
  } else {
    fields.emplace_back("client_id", settings_.client_id);
    if (!settings_.client_secret.empty())
      fields.emplace_back("client_secret", settings_.client_secret.reveal());
  }
  request.body = form_of(fields);
  return request;
}

Task<json::object> OpenId::checked_claims(std::shared_ptr<const Issuer> issuer, std::string id_token,
                                          std::string nonce) {
  const auto self = shared_from_this();
  auto token = Jwt::parse(id_token);
  if (!token) co_return failed(token);
  std::shared_ptr<const JsonWebKeys> keys = keys_;
  const Millis age = clock_.now() - keys_at_;
  // They may have been replaced since.
  if (!keys || age > keys_last || (age > keys_at_least && !keys->verify(*token))) {
    auto asked = co_await ask_keys(issuer->jwks_uri);
    if (!asked) co_return failed(asked);
    keys = *asked;
  }
  if (const auto verified = keys->verify(*token); !verified) co_return failed(verified.error());
  const Expected expected{settings_.issuer, settings_.client_id, std::move(nonce), clock_.now() / 1000};
  if (const auto judged = judge_claims(token->claims, expected); !judged) co_return failed(judged.error());
  co_return std::move(token->claims);
}

Task<OpenId::Finished> OpenId::finish(std::string ticket, CameBack came) {
  const auto self = shared_from_this();
  const auto known = read_ticket(ticket);
  if (!known) co_return failed(known.error());
  if (!equal_secrets(derived(known->text, "state"), came.state))
    co_return rejected("what came back is of another login (state)");
  if (!came.issuer.empty() && came.issuer != settings_.issuer)
    co_return rejected("another issuer has answered: " + quoted(came.issuer));
  if (!came.error.empty()) {
    co_return rejected("the issuer says: " + quoted(came.error) +
                       (came.error_description.empty() ? "" : ": " + quoted(came.error_description)));
  }
  if (came.code.empty()) co_return rejected("the issuer has sent no code");
  const auto issuer = co_await ask_issuer();
  if (!issuer) co_return failed(issuer.error());
  auto text = co_await fetch(code_request(**issuer, came.code, derived(known->text, "verifier")),
                             "the issuer does not take the code");
  if (!text) co_return failed(text);
  boost::system::error_code error;
  const json::value answer = json::parse(*text, error);
  const auto id_token =
      !error && answer.is_object() ? string_at(answer.get_object(), "id_token") : std::nullopt;
  if (!id_token) co_return rejected("the issuer's answer holds no id_token");
  auto claims = co_await checked_claims(*issuer, std::string(*id_token), derived(known->text, "nonce"));
  if (!claims) co_return failed(claims);
  auto person = person_of(*claims, settings_);
  if (!person) co_return failed(person);
  co_return Finished{std::move(*person), known->to};
}

}  // namespace carillon::access
