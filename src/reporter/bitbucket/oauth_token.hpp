// The access token of an OAuth 2 consumer (client_credentials), kept in memory while it is valid.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "base/secret.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/environment.hpp"

namespace carillon::reporter::bitbucket {

class OauthToken {
 public:
  OauthToken(const Environment& environment, const Wire& wire, std::string url, Secret key, Secret secret);

  // A valid token. At most one request for it is under way; whoever asks meanwhile gets its outcome. Failure:
  // as http::judge() says; a broken answer is unreachable. The text names neither token nor secret.
  Task<Secret> get();

  // The service refused this token: the next get() asks for another one. No effect when there is another one
  // already.
  void refuse(const Secret& token);

 private:
  // One request for a token, and those who wait for its outcome.
  struct Fetch {
    explicit Fetch(const asio::any_io_executor& executor)
        : done(executor, asio::steady_timer::time_point::max()) {}
    // Cancelled when there is an outcome.
    asio::steady_timer done;
    Result<Secret> outcome = unreachable("OAuth: the request for a token was interrupted");
  };

  Task<Secret> fetch();

  Environment env_;
  Wire wire_;
  std::string url_;
  Secret key_;
  Secret secret_;
  Secret token_;
  Millis valid_until_ = 0;
  // null: none is under way.
  std::shared_ptr<Fetch> fetch_;
};

}  // namespace carillon::reporter::bitbucket
