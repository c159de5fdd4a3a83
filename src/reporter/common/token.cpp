#include "reporter/common/token.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "reporter/common/login.hpp"

namespace carillon::reporter {
namespace {

// What renderables get: there is no build when a token is needed.
json::array no_build() {
  json::object build;
  build["properties"] = json::object();
  build["buildset"] = json::object{{"sourcestamps", json::array()}};
  return json::array{std::move(build)};
}

bool fits_header(std::string_view token) {
  return !token.empty() && std::ranges::none_of(token, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) == 0x7f;
  });
}

}  // namespace

std::vector<settings::Type> token_types() {
  return {settings::Type::secret, settings::Type::callable, settings::Type::renderable};
}

Token::Token(settings::ObjectPtr source, std::string_view argument, const Environment& environment)
    : env_(environment), argument_(argument) {
  take(std::move(source));
}

void Token::take(settings::ObjectPtr source) {
  source_ = std::move(source);
  method_ = source_->is(settings::Role::renderable) ? "render" : "";
  identity_ = Secret(source_->where());
}

Token::Token(const settings::Arguments& args, std::string_view argument, const Environment& environment)
    : env_(environment), argument_(argument) {
  if (const auto* object = args.at(argument).as<settings::ObjectPtr>()) {
    take(*object);
    return;
  }
  token_ = args.secret(argument);
  if (token_.empty()) args.fail(argument, "must not be empty");
  check_line(args, argument, token_.reveal());
  identity_ = token_;
  source_ = args.source_of(argument);
  method_ = "again";
}

Task<Secret> Token::get() {
  if (!token_.empty()) co_return token_;
  json::array args = method_ == "render" ? no_build() : json::array();
  const auto given = co_await source_->call(method_, std::move(args), "");
  if (!given) co_return unreachable(argument_ + ": " + fold_to_line(valid_utf8(given.error().what)));
  const json::string* text = given->if_string();
  const std::string token(text != nullptr ? trim(*text) : std::string_view());
  if (!fits_header(token))
    co_return unreachable(argument_ + " (" + source_->where() +
                          ") gave no token: it must be one word, and no build is known when it is called");
  token_ = Secret(token);
  env_.log.hide(token_);
  co_return token_;
}

bool Token::refuse(const Secret& token) {
  if (source_ == nullptr) return false;
  if (token == token_) token_ = Secret();
  return true;
}

Task<http::Response> with_token(Token& token, std::function<Task<http::Response>(const Secret&)> call) {
  const auto first = co_await token.get();
  if (!first) co_return failed(first);
  auto response = co_await call(*first);
  if (!response || response->status != 401 || !token.refuse(*first)) co_return response;
  const auto second = co_await token.get();
  if (!second) co_return failed(second);
  if (*second == *first) co_return response;
  co_return co_await call(*second);
}

}  // namespace carillon::reporter
