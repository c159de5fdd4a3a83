// Bodies of anybody's, by a mapping.
#pragma once

#include <memory>

#include "source/generic/generic_run.hpp"
#include "source/generic/settings.hpp"
#include "source/hook/dialect.hpp"

namespace carillon::source::generic {

class GenericHook final : public hook::Dialect {
 public:
  explicit GenericHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  // Without the user's functions: what they would yield is missing.
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  Task<hook::Heard> hear_slowly(std::shared_ptr<const web::Request> request, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  struct Opened {
    json::value body;
    json::value headers;
    Scope scope() const { return {&body, &headers}; }
  };
  Result<Opened> open(const web::Head& head, std::string_view body) const;
  hook::Heard before(const web::Head& head, const Opened& opened) const;
  Result<hook::Heard> with(hook::Heard heard, const Opened& opened, const Called& called, Millis now) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::generic
