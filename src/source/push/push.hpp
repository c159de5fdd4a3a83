// sources.Push: builds that other programs post to /ingest.
#pragma once

#include <memory>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/push/grants.hpp"
#include "source/source.hpp"

namespace carillon::source::push {

// sources.Push(token, name="push", url=None, builders=None, repositories=None)
settings::Schema schema();

class Push final : public Source {
 public:
  // url: base of links to builds that bring none. Throws ConfigError (an empty token, a list without one).
  Push(const settings::Arguments& args, const std::string& default_url);

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return url_; }
  Task<json::value> get(std::string path) override;  // rejected: it cannot be asked
  asio::awaitable<void> run(Sink& sink) override;    // waits for its cancellation

  // Whether the Authorization header's value lets the sender in: "Bearer TOKEN", or Basic with the token as
  // password; any of the tokens. Compares in constant time.
  bool admits(std::string_view authorization) const;

  // What they may report who are let in.
  const Grants& grants() const { return grants_; }

 private:
  std::string name_;
  std::string url_;
  std::vector<Secret> tokens_;
  Grants grants_;
};

}  // namespace carillon::source::push
