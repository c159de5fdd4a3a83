#include "reporter/github/app_token.hpp"

#include <memory>

#include "transport/github_app.hpp"

namespace carillon::reporter::github {
namespace {

class AppToken final : public settings::Object {
 public:
  AppToken(GitHubApp app, std::string where, const Environment& environment, Wire wire, std::string base_url)
      : app_(std::move(app)),
        where_(std::move(where)),
        env_(environment),
        wire_(std::move(wire)),
        base_url_(std::move(base_url)) {}

  // Not by exchange(): with debug=True that would log the answer, which is the token.
  Task<json::value> call(std::string_view, json::array, std::string_view) override {
    auto token =
        co_await http::installation_token(env_.http, app_, base_url_, wire_.verify, env_.clock.now() / 1000);
    if (!token) co_return failed(token);
    co_return json::value(json::string(token->reveal()));
  }

  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return where_; }
  bool is(settings::Role role) const override { return role == settings::Role::callable; }
  std::string describe() const override { return "a GitHub App"; }

 private:
  GitHubApp app_;
  std::string where_;
  Environment env_;
  Wire wire_;
  std::string base_url_;
};

}  // namespace

settings::ObjectPtr make_app_token(GitHubApp app, std::string where, const Environment& environment,
                                   Wire wire, std::string base_url) {
  return std::make_shared<AppToken>(std::move(app), std::move(where), environment, std::move(wire),
                                    std::move(base_url));
}

}  // namespace carillon::reporter::github
