// The way in: decides what to do with an event and stores both in one transaction.
#pragma once

#include "base/log.hpp"
#include "pipeline/decider.hpp"
#include "pipeline/metrics.hpp"
#include "pipeline/roster.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

class Composer;

class Intake final : public source::Sink {
 public:
  // All references outlive the intake.
  Intake(store::Store& store, Composer& composer, const Clock& clock, const Log& log, Metrics& metrics,
         FindSource find_source, const Silences& silences);

  void set_roster(RosterPtr roster) { roster_ = std::move(roster); }

  // master::Sink. Throttled when too much work is under way, or when it is not known for some seconds who
  // subscribed (rule::Audience::ready), or what is silenced.
  Task<Accepted> accept(std::string_view master, std::vector<Event> events, json::value cursor) override;
  Task<json::value> cursor(std::string_view master) override;
  bool wants(EventKind kind) const override;

 private:
  asio::awaitable<bool> everybody_ready() const;
  asio::awaitable<void> keep_pace(std::size_t events);
  Task<void> store_events(std::string_view master, std::vector<store::NewEvent> events, json::value cursor,
                          std::vector<bool>& duplicate);

  store::Store& store_;
  Composer& composer_;
  const Clock& clock_;
  const Log& log_;
  Metrics& metrics_;
  const Silences& silences_;
  Decider decider_;
  RosterPtr roster_ = std::make_shared<const Roster>();
};

}  // namespace carillon::pipeline
