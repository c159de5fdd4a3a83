// What CDEvents over HTTP say, and who may send them. Pure.
#pragma once

#include <memory>

#include "source/cdevents/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::cdevents {

class CDEventsHook final : public hook::Dialect {
 public:
  explicit CDEventsHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // Some senders can show a token in the address only.
  std::vector<Path> paths(const std::string& name) const override;
  // A token as Bearer, as Basic password or as last part of the path; or a signature by Standard Webhooks.
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  std::string unsupported(const web::Head& head) const override;
  // CloudEvents' webhooks ask whether they may come, with OPTIONS.
  web::Response greet(const web::Head& head) const override;
  bool has_kin() const override { return true; }
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  bool shows_token(const web::Head& head) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::cdevents
