// Hooks of CIs that sign nothing: a token of theirs is all they show.
#pragma once

#include <string_view>

#include "settings/arguments.hpp"
#include "source/hook/dialect.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::hook {

// Whether the header shows one of the tokens: Authorization as Bearer or as the password of Basic, or
// X-Carillon-Token, where a CI can add headers of any name. None: nobody is let in; sources.NoToken:
// everybody.
bool shows_token(const web::Head& head, const Secrets& tokens);

// What is said of it is left to the CI.
class TokenDialect : public Dialect {
 public:
  explicit TokenDialect(Secrets tokens) : tokens_(std::move(tokens)) {}

  bool shows_any(const web::Head& head) const final {
    return !head.authorization.empty() || !header(head, "x-carillon-token").empty();
  }
  bool may_be_right(const web::Head& head) const final { return shows_token(head, tokens_); }
  bool is_right(const web::Head& head, std::string_view /*body*/, std::int64_t /*now*/) const final {
    return shows_token(head, tokens_);
  }

 private:
  Secrets tokens_;
};

// The argument with the tokens: any one of a list. Required.
settings::Argument token_argument(std::string_view name);

}  // namespace carillon::source::hook
