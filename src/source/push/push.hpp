// sources.Push: builds that other programs post to /ingest.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/heard/posted_builds.hpp"
#include "source/push/grants.hpp"
#include "source/source.hpp"

namespace carillon::source::push {

// sources.Push(token, name="push", url=None, builders=None, repositories=None)
settings::Schema schema();

class Push final : public Source, public std::enable_shared_from_this<Push> {
 public:
  // Throws ConfigError (an empty token, a list without one, no web server that could take what is posted).
  Push(const settings::Arguments& args, const Environment& environment);

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return pages_.base; }
  // Out of what the store keeps of them; null where nothing is kept.
  Queries* queries() override { return posted_ ? &*posted_ : nullptr; }
  std::string_view shared_path() const override { return "/ingest"; }
  // POST /ingest, for whoever shows one of its tokens.
  std::vector<Endpoint> endpoints(Sink& sink) override;

  // Whether the Authorization header's value lets the sender in: "Bearer TOKEN", or Basic with the token as
  // password; any of the tokens. Compares in constant time.
  bool admits(std::string_view authorization) const;

  // Of builds that bring no link.
  const BuildPages& pages() const { return pages_; }
  // What they may report who are let in.
  const Grants& grants() const { return grants_; }

 private:
  std::string name_;
  BuildPages pages_;
  std::vector<Secret> tokens_;
  Grants grants_;
  Environment environment_;
  std::optional<heard::PostedBuilds> posted_;
};

std::shared_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::push
