// How a session introduces itself to the relay: EHLO, STARTTLS, AUTH; and how it keeps the password out of
// texts.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/encoding.hpp"
#include "transport/smtp_protocol.hpp"

namespace carillon::smtp {
namespace {

// Whether a reply could show the secret, or a good part of it: some servers repeat the command that they
// refuse.
bool shows(std::string_view text, std::string_view secret) {
  constexpr std::size_t window = 6;
  if (secret.empty()) return false;
  if (secret.size() <= window) return text.find(secret) != std::string_view::npos;
  for (std::size_t i = 0; i + window <= secret.size(); ++i) {
    if (text.find(secret.substr(i, window)) != std::string_view::npos) return true;
  }
  return false;
}

std::string plain_response(const Login& login) {
  std::string response(1, '\0');
  response += login.user;
  response += '\0';
  response += login.password.reveal();
  return base64_encode(response);
}

// RFC 2195: "user hexadecimal-digest". Nullopt when OpenSSL does no MD5.
std::optional<std::string> cram_response(const Login& login, std::string_view challenge) {
  const std::string& key = login.password.reveal();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(challenge.data());
  const auto* done = HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), bytes, challenge.size(),
                          digest.data(), &size);
  if (done == nullptr) return std::nullopt;
  return base64_encode(login.user + " " + hex_encode({reinterpret_cast<const char*>(digest.data()), size}));
}

std::string token_response(const Login& login) {
  return base64_encode("user=" + login.user +
                       "\x01"
                       "auth=Bearer " +
                       login.token.reveal() + "\x01\x01");
}

}  // namespace

void Session::handle_login(const Reply& reply, Await await) {
  switch (await) {
    case Await::greeting:
      if (reply.code != 220) return fail("greeted with " + text_of(reply));
      return send(Await::ehlo, "EHLO " + login_.client_name);
    case Await::ehlo:
      if (reply.code == 250) {
        offers_ = capabilities_of(reply);
        return after_hello();
      }
      if (!reply.permanent()) return fail("answered EHLO with " + text_of(reply));
      return send(Await::helo, "HELO " + login_.client_name);
    case Await::helo:
      if (reply.code != 250) return fail("answered HELO with " + text_of(reply));
      offers_ = {};
      return after_hello();
    case Await::starttls:
      if (reply.code != 220) return fail("answered STARTTLS with " + text_of(reply));
      starting_tls_ = true;
      return;
    case Await::auth_plain:
    case Await::auth_plain_again:
      if (reply.code == 235) break;
      if (reply.code == 334 && await == Await::auth_plain) {
        return send(Await::auth_plain_again, plain_response(login_));
      }
      return handle_refused_login(reply);
    case Await::auth_login:
      if (reply.code != 334) return handle_refused_login(reply);
      return send(Await::auth_user, base64_encode(login_.user));
    case Await::auth_user:
      if (reply.code != 334) return handle_refused_login(reply);
      return send(Await::auth_password, base64_encode(login_.password.reveal()));
    case Await::auth_password:
    case Await::auth_cram_response:
      if (reply.code == 235) break;
      return handle_refused_login(reply);
    case Await::auth_cram:
      if (reply.code != 334) return handle_refused_login(reply);
      return answer_challenge(reply);
    case Await::auth_token:
      if (reply.code == 235) break;
      // What is wrong comes as a challenge; the refusal itself follows the answer to it.
      if (reply.code == 334) return send(Await::auth_token_end, "");
      return handle_refused_login(reply);
    case Await::auth_token_end:
      return handle_refused_login(reply);
    default:
      return fail("unexpected reply: " + text_of(reply));
  }
  authenticated_ = true;
}

void Session::after_hello() {
  const bool auth_offered =
      offers_.auth_plain || offers_.auth_login || offers_.auth_cram_md5 || offers_.auth_xoauth2;
  const bool password_in_clear = !login_.user.empty() && !(login_.loopback && auth_offered);
  if (!in_tls_ && (login_.tls == Login::Tls::starttls || password_in_clear)) {
    if (offers_.starttls) return send(Await::starttls, "STARTTLS");
    if (login_.tls == Login::Tls::starttls) return fail("does not offer STARTTLS, which useTls requires");
    if (!login_.loopback) {
      return fail("does not offer STARTTLS, and the password is not sent over a connection without TLS");
    }
  }
  if (!login_.user.empty()) authenticate();
}

void Session::authenticate() {
  const std::string all = login_.user + login_.password.reveal() + login_.token.reveal();
  if (all.find('\0') != std::string::npos)
    return fail("the user name, the password or the token holds a NUL, which AUTH cannot carry");
  mechanisms_.clear();
  if (!login_.token.empty()) {
    if (!offers_.auth_xoauth2) return fail("does not offer AUTH XOAUTH2, but smtpToken is set");
    mechanisms_.push_back(Mechanism::xoauth2);
    return begin_mechanism();
  }
  if (offers_.auth_plain) mechanisms_.push_back(Mechanism::plain);
  if (offers_.auth_login) mechanisms_.push_back(Mechanism::login);
  if (offers_.auth_cram_md5) mechanisms_.push_back(Mechanism::cram_md5);
  if (mechanisms_.empty()) return fail("offers none of AUTH PLAIN, LOGIN and CRAM-MD5, but smtpUser is set");
  begin_mechanism();
}

void Session::begin_mechanism() {
  switch (mechanisms_.front()) {
    case Mechanism::plain:
      return send(Await::auth_plain, "AUTH PLAIN " + plain_response(login_));
    case Mechanism::login:
      return send(Await::auth_login, "AUTH LOGIN");
    case Mechanism::cram_md5:
      return send(Await::auth_cram, "AUTH CRAM-MD5");
    case Mechanism::xoauth2:
      return send(Await::auth_token, "AUTH XOAUTH2 " + token_response(login_));
  }
}

void Session::answer_challenge(const Reply& reply) {
  const auto challenge = base64_decode(reply.lines.empty() ? "" : reply.lines.front());
  if (!challenge) return fail("sent a challenge for AUTH CRAM-MD5 that is not base64: " + text_of(reply));
  auto response = cram_response(login_, *challenge);
  if (!response) return fail("offers AUTH CRAM-MD5 only, which this machine's OpenSSL does not allow");
  send(Await::auth_cram_response, std::move(*response));
}

// A relay may offer what it cannot do (504), or what this account must not use (534), and some take a
// password by LOGIN that they refuse by PLAIN (535). Each further try with a wrong password counts against
// the account, so there are no more.
void Session::handle_refused_login(const Reply& reply) {
  const Mechanism tried = mechanisms_.front();
  mechanisms_.pop_front();
  if (!mechanisms_.empty()) {
    const bool other_way = reply.code == 504 || reply.code == 534;
    if (other_way ||
        (reply.code == 535 && tried == Mechanism::plain && mechanisms_.front() == Mechanism::login)) {
      return begin_mechanism();
    }
  }
  if (tried == Mechanism::xoauth2) return fail("refused the token: " + text_of(reply));
  password_refused_ = reply.permanent() && reply.code != 504;
  fail("refused the user name and password: " + text_of(reply));
}

void Session::tls_started() {
  // Whatever came before the handshake may be the work of somebody in between (RFC 3207 5, CVE-2011-0411).
  parser_.clear();
  starting_tls_ = false;
  in_tls_ = true;
  offers_ = {};
  send(Await::ehlo, "EHLO " + login_.client_name);
}

std::string Session::text_of(const Reply& reply) const {
  return hide(reply.text(), std::to_string(reply.code) + " (text left out: it repeats the credentials)");
}

std::string Session::hide(std::string text, std::string instead) const {
  if (login_.user.empty()) return text;
  const std::string& password = login_.password.reveal();
  const std::string& token = login_.token.reveal();
  const bool shown = shows(text, password) || shows(text, base64_encode(password)) ||
                     shows(text, base64_encode(login_.user)) || shows(text, plain_response(login_)) ||
                     shows(text, token) || (!token.empty() && shows(text, token_response(login_)));
  return shown ? instead : text;
}

}  // namespace carillon::smtp
