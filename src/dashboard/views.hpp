// What the server shows of requests, and of itself: JSON, the same for pages and the API, without secrets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/notification.hpp"

namespace carillon::dashboard {

namespace asio = boost::asio;

// A request, as far as it is known without asking the other side: `how` ("POST https://host/path"), `form`
// ("text", "json", "mail"), `content` as it is sent, `json` or `mail` {headers, type, text, attachments},
// `size` in bytes, `cut`: its end is missing.
struct Views {
  // That of a delivery of the reporter.
  std::function<json::object(const std::string& reporter, const Delivery& delivery)> request;
  // What the reporter would send of the event now, and whether its rules of today would tell of it:
  // `decision`, `reason`, `notes`, `deliveries` (requests, each with `target`, `summary`, `skip`, `note`).
  // row: of the event. Failure (rejected): there is no such reporter, or it cannot word it; (throttled): it
  // takes too long, or there are too many.
  std::function<asio::awaitable<Result<json::object>>(std::string reporter, Event event, RowId row)> preview;
  // The running configuration: `file`, `loaded_at`, `settings`, `reporters`, `sources`, `warnings`, and the
  // last `reload`.
  std::function<json::object()> configuration;
};

}  // namespace carillon::dashboard
