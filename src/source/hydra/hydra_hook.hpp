// What Hydra's RunCommand plugin hands over ($HYDRA_JSON). Pure.
#pragma once

#include <optional>
#include <string>

#include "source/hook/token.hpp"

namespace carillon::source::hydra {

class HydraHook final : public hook::TokenDialect {
 public:
  // url: of Hydra's pages, ends in '/', or empty.
  HydraHook(hook::Secrets tokens, std::string url) : TokenDialect(std::move(tokens)), url_(std::move(url)) {}

  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  std::string url_;
};

// buildStatus, as Hydra's manual has it; what is not known has failed.
Results results_of_status(std::int64_t status);

}  // namespace carillon::source::hydra
