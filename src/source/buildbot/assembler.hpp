// Puts builds together from what the master announced, so that it need not be asked.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "source/buildbot/bounded.hpp"
#include "source/buildbot/ws_protocol.hpp"

namespace carillon::source::buildbot {

// A cache without I/O, bounded in memory: whatever was dropped or never heard is asked for again.
class Assembler {
 public:
  // What has to be fetched before compose() can give the whole build; empty where nothing is.
  struct Missing {
    std::optional<std::int64_t> builder;
    std::optional<std::int64_t> buildrequest;
    // Only known once the buildrequest is.
    std::optional<std::int64_t> buildset;
    // Of this build.
    std::optional<std::int64_t> properties;
    std::optional<std::int64_t> worker;
    bool nothing() const { return !builder && !buildrequest && !buildset && !properties && !worker; }
  };

  // max_cost: bytes of each kind of object.
  explicit Assembler(std::size_t max_cost = std::size_t{32} << 20U);

  // Takes in an announcement of buildsets, buildrequests, builders, workers or properties; others do nothing.
  void learn(Heard heard);

  // Objects as the data API gives them. cost: their size in bytes, about.
  void learn_builder(json::object builder, Millis now);
  void learn_buildrequest(json::object request, std::size_t cost);
  void learn_buildset(json::object buildset, std::size_t cost);
  void learn_worker(const json::object& worker);
  // All of them.
  void learn_properties(std::int64_t buildid, json::object properties, std::size_t cost);

  // A build was announced as new. Its properties were, too, just before: from here on they are known
  // completely.
  void build_started(std::int64_t buildid);

  Missing missing(const json::object& build, Millis now) const;

  // The build with `builder`, `buildrequest`, `buildset`, `properties` and `workername` as far as they are
  // known.
  json::object compose(json::object build, Millis now) const;

  // The build is reported; it is not asked for again.
  void build_done(std::int64_t buildid);
  void buildset_done(std::int64_t bsid);

  // The link was lost: what is in here may have changed unheard.
  void clear();

 private:
  struct Builder {
    json::object object;
    Millis expires = 0;
  };
  struct Properties {
    json::object values;
    bool whole = false;
    // An update came that cannot be understood.
    bool vague = false;
  };

  const Builder* builder(std::int64_t id, Millis now) const;
  std::optional<std::string> worker_name(const json::object& build) const;
  void learn_update(std::int64_t buildid, const json::object& changed, std::size_t cost);

  Bounded<Builder> builders_;
  Bounded<json::object> requests_;
  Bounded<json::object> buildsets_;
  Bounded<Properties> properties_;
  Bounded<std::string> workers_;
};

}  // namespace carillon::source::buildbot
