// Paths of Carillon's web server that a reporter answers itself. Implemented by server/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/task.hpp"

namespace carillon::reporter {

class Webhooks {
 public:
  struct Call {
    std::string body;
    // Names in lower case.
    std::map<std::string, std::string, std::less<>> headers;
  };
  // Yields the HTTP status of the answer.
  using Handler = std::function<asio::awaitable<int>(Call)>;

  virtual ~Webhooks() = default;

  // POSTs to the path ("/telegram123:abc", maybe a secret, never logged) go to the handler until the returned
  // handle is gone. A second one for the path takes its place.
  virtual std::shared_ptr<void> add(std::string path, Handler handler) = 0;
};

}  // namespace carillon::reporter
