#include "server/token_guard.hpp"

namespace carillon::server {

std::optional<web::Response> TokenGuard::before(const web::Head& head) {
  const auto now = std::chrono::steady_clock::now();
  const auto pause = guesses_.shut_out(head.address, now);
  if (!pause) return std::nullopt;
  refused_.of({"guessing"}).add();
  tell(head, now);
  return web::busy_response(429, "too many wrong tokens from " + head.address, *pause);
}

web::Response TokenGuard::nobody_admits(const web::Head& head) {
  const auto now = std::chrono::steady_clock::now();
  refused_.of({"token"}).add();
  guesses_.wrong(head.address, head.authorization, now);
  tell(head, now);
  if (head.path.find('{') != std::string::npos)
    return web::error_response(401, "the key in the address is none that is known here");
  web::Response response = web::error_response(401, "a valid token is needed: 'Authorization: Bearer TOKEN'");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

void TokenGuard::tell(const web::Head& head, web::Guesses::Time now) {
  const std::string what = head.method + " " + head.path;
  const auto times = guesses_.to_tell(head.address, what, now);
  if (times) log_.warning("web", "refused " + what + " from " + head.address + ": no valid token" + *times);
}

}  // namespace carillon::server
