// The paths of the web server that reporters answer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "reporter/webhooks.hpp"
#include "web/message.hpp"

namespace carillon::server {

class WebhookTable final : public reporter::Webhooks {
 public:
  std::shared_ptr<void> add(std::string path, Handler handler) override;

  // For the web server; nullopt where nobody listens. POST only.
  std::optional<web::Route> find(const web::Head& head) const;

 private:
  // Each handle owns one entry; the newest of a path answers.
  using Table = std::map<std::string, std::weak_ptr<Handler>>;
  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace carillon::server
