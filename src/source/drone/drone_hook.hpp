// What Drone's global webhooks say. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/hook/dialect.hpp"
#include "source/hook/place.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::drone {

struct Settings {
  hook::Shape shape;
  hook::Secrets secrets;
  hook::Repositories repos;
};

class DroneHook final : public hook::Dialect {
 public:
  explicit DroneHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // A signature over Date and Digest.
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::drone
