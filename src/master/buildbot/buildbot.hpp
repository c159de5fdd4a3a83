// masters.Buildbot: a Buildbot master, observed over its websocket and asked over its data API.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "master/master.hpp"
#include "settings/arguments.hpp"
#include "transport/http.hpp"

namespace carillon::master::buildbot {

// masters.Buildbot(url, auth=None, verify=True, public_url=None, missing_timeout=3600, shutdown_command=None)
settings::Schema schema();

struct Environment {  // outlives the master
  asio::any_io_executor executor;
  http::Client& http;
  const Log& log;
  const Clock& clock;
};

// Throws ConfigError for a bad url or auth.
//
// Every build, buildset and missing worker is given to the sink once, in order, whatever happens in between:
// after each connect what was missed is asked for, from the stored cursor on. The very first connect starts
// from now.
std::unique_ptr<Master> make(const settings::Arguments& args, Environment environment);

}  // namespace carillon::master::buildbot
