// The paths of the web server that reporters answer.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "reporter/webhooks.hpp"
#include "web/server.hpp"

namespace carillon::app {

class WebhookTable final : public reporter::Webhooks {
 public:
  std::shared_ptr<void> add(std::string path, Handler handler) override;

  // For the web server; null where nobody listens. POST only.
  web::Handler find(const web::Request& request) const;

 private:
  // Each handle owns one entry; the newest of a path answers.
  using Table = std::map<std::string, std::weak_ptr<Handler>>;
  std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace carillon::app
