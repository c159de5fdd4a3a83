// What Bitbucket Cloud's webhooks say of commit statuses. Pure.
#pragma once

#include "source/hook/dialect.hpp"
#include "source/hook/place.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::bitbucket {

class BitbucketHook final : public hook::Dialect {
 public:
  BitbucketHook(hook::Secrets secrets, hook::Repositories repos)
      : secrets_(std::move(secrets)), repos_(std::move(repos)) {}

  // X-Hub-Signature: sha256=...
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  hook::Secrets secrets_;
  hook::Repositories repos_;
};

}  // namespace carillon::source::bitbucket
