// The arguments of sources.Jenkins, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/arguments.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/signature.hpp"
#include "transport/http.hpp"

namespace carillon::source::jenkins {

struct Settings {
  hook::Shape shape;
  // Ends in '/'.
  std::string url;
  // Of the hook; none: it has none.
  hook::Secrets tokens;
  // For polling; nullopt: nobody in particular asks.
  std::optional<http::Auth> auth;
  bool polls = false;
  // Paths of jobs, with '*'; nullopt: all.
  std::optional<std::vector<std::string>> jobs;
  // Names of parameters that become properties.
  std::vector<std::string> keep;
  std::chrono::seconds every{60};
  bool verify = true;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);

  // Whether builds of the job are ours to report.
  bool wants(std::string_view job) const;
};

}  // namespace carillon::source::jenkins
