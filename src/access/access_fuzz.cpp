// Whatever a browser, a file of accounts or an issuer says. The first byte chooses who speaks.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "access/cookie.hpp"
#include "access/htpasswd.hpp"
#include "access/jwt.hpp"
#include "access/openid.hpp"
#include "access/origin.hpp"
#include "access/peers.hpp"
#include "access/tokens.hpp"

namespace carillon::access {
namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void browser(std::string_view text) {
  web::Head head;
  for (const char* name : {"cookie", "origin", "host", "x-forwarded-for"})
    head.headers[name] = text;
  head.peer = "127.0.0.1";
  head.address = "127.0.0.1";
  must(cookie_of(head, "carillon").find(';') == std::string_view::npos);
  must(origin_of(head, "https://bell.example.org/") != Origin::ours ||
       text.find("//") != std::string_view::npos);
  const std::string address = Peers({"127.0.0.1/32"}).address_of(head);
  must(!address.empty() && address.find_first_of(" \r\n,") == std::string::npos);
  if (const auto shown = shown_in(text)) must(shown->basic == shown->bearer.empty());
}

void file(std::string_view text) {
  for (const auto& [name, hash] : parse_accounts(text).hashes)
    must(!name.empty() && hash.starts_with('$') && name.find_first_of(":\n\r") == std::string::npos);
}

void issuer(std::string_view text) {
  if (const auto token = Jwt::parse(text)) {
    must(text.starts_with(token->signed_part));
    (void)judge_claims(token->claims, {"i", "c", "n", 1'700'000'000});
    (void)person_of(token->claims, {"i", "c", Secret(), "preferred_username", "groups", {}, {}});
  }
  if (const auto keys = JsonWebKeys::parse(text)) {
    must(keys->size() > 0);
    must(!keys->verify(*Jwt::parse("eyJhbGciOiJFUzI1NiJ9.e30.AA")));
    must(!keys->verify(*Jwt::parse("eyJhbGciOiJSUzI1NiJ9.e30.AA")));
  }
  if (const auto said = Issuer::parse(text, "https://id.example.org/"))
    must(!said->token_endpoint.empty() && !said->jwks_uri.empty());
}

}  // namespace
}  // namespace carillon::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::access;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'b':
      browser(text);
      break;
    case 'f':
      file(text);
      break;
    case 'i':
      issuer(text);
      break;
    default:
      break;
  }
  return 0;
}
