#include "access/tokens.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::access {

Tokens::Tokens(const std::vector<settings::WebToken>& tokens) {
  for (const settings::WebToken& token : tokens) {
    entries_.push_back(
        {sha256(token.text.reveal()), {token.name, role_from(token.role).value_or(Role::none)}});
  }
}

const Tokens::Known* Tokens::find(std::string_view shown) const {
  const std::string digest = sha256(shown);
  const Known* found = nullptr;
  for (const Entry& entry : entries_) {
    if (equal_secrets(entry.digest, digest)) found = &entry.known;
  }
  return found;
}

std::optional<Shown> shown_in(std::string_view authorization) {
  const auto blank = authorization.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(authorization.substr(0, blank));
  const std::string_view rest = trim(authorization.substr(blank));
  Shown shown;
  if (scheme == "bearer") {
    if (rest.empty()) return std::nullopt;
    shown.bearer = rest;
    return shown;
  }
  if (scheme != "basic") return std::nullopt;
  const auto text = base64_decode(rest);
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  shown.basic = true;
  shown.user = text->substr(0, colon);
  shown.password = text->substr(colon + 1);
  return shown;
}

}  // namespace carillon::access
