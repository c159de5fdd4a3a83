// The paths of the web server that reporters answer.
#pragma once

#include <memory>
#include <string>

#include "reporter/webhooks.hpp"
#include "web/router.hpp"

namespace carillon::server {

class WebhookTable final : public reporter::Webhooks {
 public:
  // The router outlives it.
  explicit WebhookTable(web::Router& router) : router_(router) {}

  std::shared_ptr<void> add(std::string path, Handler handler) override;

 private:
  web::Router& router_;
};

}  // namespace carillon::server
