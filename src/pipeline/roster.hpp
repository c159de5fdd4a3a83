// Who reports: the reporters of the running configuration with their rules.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reporter/reporter.hpp"
#include "rule/rule.hpp"
#include "source/source.hpp"

namespace carillon::pipeline {

struct RosterEntry {
  // Unique in the configuration.
  std::string name;
  // Of its arguments: equal when the same was configured.
  std::string fingerprint;
  rule::Rule rule;
  std::shared_ptr<reporter::Reporter> reporter;

  // Whether what its rule says, and what the reporter words, means something yet (rule::Audience::ready).
  bool ready() const { return !rule.audience || rule.audience->ready(); }
};

// Immutable; a reload makes a new one, and whoever still works with the old one keeps it alive.
struct Roster {
  std::vector<RosterEntry> entries;
  // Taken out of the configuration: nothing new is ordered from them, and what was is still worded and sent.
  std::vector<RosterEntry> draining;

  // Of both.
  const RosterEntry* find(std::string_view name) const {
    for (const auto* list : {&entries, &draining}) {
      for (const RosterEntry& entry : *list) {
        if (entry.name == name) return &entry;
      }
    }
    return nullptr;
  }
};
using RosterPtr = std::shared_ptr<const Roster>;

// The running master of that name, or null.
using FindSource = std::function<std::shared_ptr<source::Source>(std::string_view name)>;

}  // namespace carillon::pipeline
