// How a session introduces itself to the relay: EHLO, STARTTLS, AUTH; and how it keeps the password out of
// texts.
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
      return fail("refused the user name and password: " + text_of(reply));
    case Await::auth_login:
      if (reply.code != 334) return fail("answered AUTH LOGIN with " + text_of(reply));
      return send(Await::auth_user, base64_encode(login_.user));
    case Await::auth_user:
      if (reply.code != 334) return fail("refused the user name: " + text_of(reply));
      return send(Await::auth_password, base64_encode(login_.password.reveal()));
    case Await::auth_password:
      if (reply.code == 235) break;
      return fail("refused the user name and password: " + text_of(reply));
    default:
      return fail("unexpected reply: " + text_of(reply));
  }
  authenticated_ = true;
}

void Session::after_hello() {
  const bool auth_offered = offers_.auth_plain || offers_.auth_login;
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
  if (login_.user.find('\0') != std::string::npos ||
      login_.password.reveal().find('\0') != std::string::npos) {
    return fail("the user name or the password holds a NUL, which AUTH cannot carry");
  }
  if (offers_.auth_plain) return send(Await::auth_plain, "AUTH PLAIN " + plain_response(login_));
  if (offers_.auth_login) return send(Await::auth_login, "AUTH LOGIN");
  fail("offers neither AUTH PLAIN nor AUTH LOGIN, but smtpUser is set");
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
  const bool shown = shows(text, password) || shows(text, base64_encode(password)) ||
                     shows(text, base64_encode(login_.user)) || shows(text, plain_response(login_));
  return shown ? instead : text;
}

}  // namespace carillon::smtp
