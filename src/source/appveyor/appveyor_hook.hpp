// What AppVeyor's webhook notifications say. Pure.
#pragma once

#include "source/hook/token.hpp"

namespace carillon::source::appveyor {

class AppVeyorHook final : public hook::TokenDialect {
 public:
  using TokenDialect::TokenDialect;

  // Its moments have no zone: they are not taken.
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;
};

}  // namespace carillon::source::appveyor
