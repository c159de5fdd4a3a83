#include "source/hook/token.hpp"

#include "source/credentials.hpp"

namespace carillon::source::hook {

bool shows_token(const web::Head& head, const Secrets& tokens) {
  if (lets_anybody_in(tokens)) return true;
  if (const auto token = shown_token(head.authorization)) return is_one_of(*token, tokens);
  const std::string_view own = header(head, "x-carillon-token");
  return !own.empty() && is_one_of(own, tokens);
}

settings::Argument token_argument(std::string_view name) {
  using settings::Type;
  return {.name = std::string(name),
          .types = {Type::secret, Type::list},
          .required = true,
          .doc =
              "that the hook shows: Authorization (Bearer, or Basic as password), or X-Carillon-Token; of a "
              "list any one"};
}

}  // namespace carillon::source::hook
