// One connection of the web server: its requests, one after the other.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "web/connections.hpp"
#include "web/listen.hpp"
#include "web/message.hpp"
#include "web/router.hpp"

namespace carillon::web {

// What all connections of a server share.
struct Serving {
  Serving(const Listen& where, const Router& table, const Log& the_log,
          metrics::Family<metrics::Counter>& count)
      : listen(where),
        router(table),
        log(the_log),
        refused(count),
        connections(where.connections, where.connections_per_address) {}

  Listen listen;
  const Router& router;
  const Log& log;
  // label: why.
  metrics::Family<metrics::Counter>& refused;
  Connections connections;
  // Bytes of large bodies that are being read or worked on.
  std::size_t bodies = 0;
  // What other nodes show with what they pass on (relayed.hpp); "": there are none.
  std::string relay_password;
  bool stopping = false;
};

// Answers until the other side is through, is too slow, or has to make room; 503 at once when there is no
// place for it. Runs on the executor of the socket.
asio::awaitable<void> serve(std::shared_ptr<Serving> serving, asio::ip::tcp::socket socket);

}  // namespace carillon::web
