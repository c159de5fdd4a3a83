// A server's JSON API (doc/api.md), asked by a command: one question after the other, each to its end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "transport/http.hpp"

namespace carillon::cli {

class ApiClient {
 public:
  using MakeClient = std::function<std::unique_ptr<http::Client>(const asio::any_io_executor&)>;

  // server: its URL, as for the browser ("https://bell.example.org/carillon/"); of several nodes all, with
  // commas between them: one that answers is asked. Throws settings::ConfigError where it is no such URL, or
  // where the token can be none.
  ApiClient(std::string_view server, Secret token, const MakeClient& make = http::make_client);

  struct Answer {
    // 200 to 299, 400, 404 or 409.
    int status = 0;
    json::object body;
    // Of a refusal: `error` and `hint`.
    std::string refusal() const;
  };
  // path: below /api/v1/, with its query. Throws store::Error with what to do where there is no answer of
  // Carillon's API, or the caller may not ask (401, 403), or the server cannot answer now. The token is in no
  // text.
  Answer get(std::string_view path);
  // Likewise; done once, however often it is repeated on its way.
  Answer post(std::string_view path, const json::object& body);

  // DELETE.
  Answer remove(std::string_view path);

  // Throws the same store::Error as where no Carillon answers, if the answer does not have the member that it
  // always has.
  void require(const Answer& answer, std::string_view member) const;

  // Where it is, for people: without a query.
  const std::string& shown() const { return base_; }

 private:
  // The request's URL is below the server's.
  Answer ask(http::Request request);
  Result<http::Response> ask_nodes(const http::Request& request);
  Result<http::Response> ask_once(http::Request request);
  std::string why_not_let_in(const http::Response& response) const;

  std::vector<std::string> bases_;
  // The one that is asked first.
  std::string base_;
  Secret token_;
  asio::io_context io_{1};
  std::unique_ptr<http::Client> client_;
};

// $CARILLON_TOKEN; empty: none.
Secret token_of_environment();

}  // namespace carillon::cli
