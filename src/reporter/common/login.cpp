#include "reporter/common/login.hpp"

#include "reporter/common/http_exchange.hpp"

namespace carillon::reporter {
namespace {

http::Auth login_of_pair(const settings::Arguments& args, std::string_view argument,
                         const settings::List& pair) {
  const auto user = pair.size() == 2 ? plain_or_secret(pair.front()) : std::nullopt;
  const auto password = pair.size() == 2 ? plain_or_secret(pair.back()) : std::nullopt;
  if (!user || !password) args.fail(argument, "must be a pair of strings or secrets (user, password)");
  http::Auth auth;
  auth.user = *user;
  auth.password = Secret(*password);
  return auth;
}

http::Auth login_of_object(const settings::Arguments& args, std::string_view argument,
                           const settings::Object& object) {
  const std::string title = object.describe();
  http::Auth auth;
  if (title.find("HTTPDigestAuth") != std::string::npos) {
    auth.scheme = http::Auth::Scheme::digest;
  } else if (title.find("HTTPBasicAuth") == std::string::npos) {
    args.fail(argument,
              "must be (user, password), requests.auth.HTTPBasicAuth(...) or "
              "requests.auth.HTTPDigestAuth(...), not " +
                  title);
  }
  const json::value user = object.attribute("username");
  const json::value password = object.attribute("password");
  if (!user.is_string() || !password.is_string())
    args.fail(argument, "its username and password must be strings");
  auth.user = user.get_string();
  auth.password = Secret(std::string(password.get_string()));
  return auth;
}

}  // namespace

http::Auth read_login(const settings::Arguments& args, std::string_view argument) {
  const auto* pair = args.at(argument).as<settings::List>();
  http::Auth auth = pair != nullptr ? login_of_pair(args, argument, *pair)
                                    : login_of_object(args, argument, *args.object(argument));
  check_line(args, argument, auth.user);
  check_line(args, argument, auth.password.reveal());
  return auth;
}

void check_line(const settings::Arguments& args, std::string_view argument, std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos)
    args.fail(argument, "holds a line end; where it comes of a file, take .strip() of what is read");
}

}  // namespace carillon::reporter
