// What the hooks of Jenkins' plugins say. Pure.
#pragma once

#include <memory>

#include "source/hook/dialect.hpp"
#include "source/jenkins/settings.hpp"

namespace carillon::source::jenkins {

// Known are the forms of the Notification plugin, the CloudEvents plugin (binary), and the Statistics
// Gatherer. That of the CDEvents plugin is refused: it is no JSON, and its results are not those of builds.
class JenkinsHook final : public hook::Dialect {
 public:
  explicit JenkinsHook(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  // The path, and the same with the token behind it.
  std::vector<Path> paths(const std::string& name) const override;
  // The token comes by Authorization (Bearer, or as password of Basic), or in the path.
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  std::string unsupported(const web::Head& head) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  Result<void> hear_notification(const json::object& body, std::string_view phase, hook::Heard& heard) const;
  Result<void> hear_statistics(const json::object& body, hook::Heard& heard) const;
  void add(hook::Run run, hook::Heard& heard) const;

  std::shared_ptr<const Settings> settings_;
};

}  // namespace carillon::source::jenkins
