// What the composition root lends to every source.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "source/build_pages.hpp"
#include "source/numbers.hpp"
#include "store/journal.hpp"
#include "store/key_value.hpp"
#include "transport/http.hpp"
#include "transport/process.hpp"
#include "web/guesses.hpp"

namespace carillon::source {

// The references outlive every source.
struct Environment {
  asio::any_io_executor executor;
  http::Client& http;
  const Log& log;
  const Clock& clock;
  process::Runner& processes;
  // c['buildbotURL']: address of a source that has none of its own.
  std::string default_url;
  // Whether there is a web server, so that routes can be served.
  bool serves = false;
  // What was heard of a source's builds; yields null where nothing is kept. May be asked once the source is.
  std::function<store::Journal*()> journal;
  // What a source keeps across restarts, by owner "source NAME"; null where nothing is kept.
  std::function<store::KeyValue*()> memory;
  // A text without the configuration's secrets; null where nothing is kept.
  std::function<std::string(std::string_view)> redact;
  // Null where nothing is counted.
  Numbers* numbers = nullptr;
  // Large bodies are read there; null where nothing is served.
  asio::thread_pool* readers = nullptr;
  // Of builds that bring no link.
  BuildPages pages;
};

}  // namespace carillon::source
