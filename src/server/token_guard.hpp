// Those who show no token that a path knows: limited, counted, and told of seldom.
#pragma once

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "web/guesses.hpp"
#include "web/router.hpp"

namespace carillon::server {

class TokenGuard final : public web::Guard {
 public:
  // refused: label: why; here "token" and "guessing". The references outlive it.
  TokenGuard(const Log& log, metrics::Family<metrics::Counter>& refused) : log_(log), refused_(refused) {}

  // 429 for an address that has shown too many wrong tokens (web/guesses.hpp).
  std::optional<web::Response> before(const web::Head& head) override;
  // 401.
  web::Response nobody_admits(const web::Head& head) override;

 private:
  void tell(const web::Head& head, web::Guesses::Time now);

  const Log& log_;
  metrics::Family<metrics::Counter>& refused_;
  web::Guesses guesses_;
};

}  // namespace carillon::server
