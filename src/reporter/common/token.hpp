// A token for a service: a text, or something that gives one and can be asked again when it has expired.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "reporter/environment.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

// The types of such an argument.
std::vector<settings::Type> token_types();

class Token {
 public:
  // Reads the argument. environment: outlives this. Throws settings::ConfigError for an empty text.
  Token(const settings::Arguments& args, std::string_view argument, const Environment& environment);

  // One that the source gives, called as a function is. Not null.
  Token(settings::ObjectPtr source, std::string_view argument, const Environment& environment);

  // The text; a function's or renderable's is asked for once, and then kept until it is refused. Failure:
  // unreachable, with the place in the user's file; the text never holds the token.
  Task<Secret> get();

  // The service refused this one (401). Whether get() may give another one.
  bool refuse(const Secret& token);

  // The same for the life of the reporter, whatever the text is meanwhile: for account_name().
  const Secret& identity() const { return identity_; }

 private:
  void take(settings::ObjectPtr source);

  Environment env_;
  std::string argument_;
  // null: there is only this text.
  settings::ObjectPtr source_;
  // Of the source.
  std::string method_;
  // empty: it must be asked for.
  Secret token_;
  Secret identity_;
};

// The call with the token, and once more with a new one where the service answers 401 and there is a new one.
// Failure: as get() and the call.
Task<http::Response> with_token(Token& token, std::function<Task<http::Response>(const Secret&)> call);

}  // namespace carillon::reporter
