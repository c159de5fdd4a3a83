#include "source/login.hpp"

#include "base/url.hpp"

namespace carillon::source {

http::Auth login_of(const settings::Arguments& args, std::string_view argument) {
  const auto* pair = args.at(argument).as<settings::List>();
  const std::string* user = pair != nullptr && pair->size() == 2 ? (*pair)[0].as<std::string>() : nullptr;
  if (user == nullptr || user->empty() || user->find_first_of(":\r\n") != std::string::npos)
    args.fail(argument, "must be a pair like ('user', util.Secret('name')); a user has no ':'");
  http::Auth auth;
  auth.user = *user;
  if (const auto* secret = (*pair)[1].as<Secret>()) {
    auth.password = *secret;
  } else if (const auto* text = (*pair)[1].as<std::string>()) {
    auth.password = Secret(*text);
  }
  if (auth.password.empty()) args.fail(argument, "has no password or token as its second part");
  if (auth.password.reveal().find_first_of("\r\n") != std::string::npos)
    args.fail(argument, "holds a line end; where it comes of a file, take .strip() of what is read");
  return auth;
}

std::string address_of(const settings::Arguments& args, std::string_view argument) {
  std::string text = args.string(argument);
  const auto url = Url::parse(text);
  if (url && !url->login.empty()) args.fail(argument, "holds a login: give it by auth=");
  if (!url || !url->is_http() || url->host.empty() || !url->fragment.empty())
    args.fail(argument, "must be an address like https://ci.example.org/, not '" + text + "'");
  return text;
}

}  // namespace carillon::source
