// What the previous build of a builder was, without asking the store for every build.
#pragma once

#include <string>
#include <unordered_map>

#include "store/journal.hpp"

namespace carillon::pipeline {

// Remembers the newest finished build of the builders (and builder+branch pairs) that were asked for lately.
class History {
 public:
  explicit History(store::Journal& store) : store_(store) {}

  // The build that `before` is compared with; see store::Store::previous.
  Task<std::optional<store::PreviousBuild>> previous(std::string master, std::string builder,
                                                     std::optional<std::string> branch, RunNumber before);

  // The newest try of that number that has finished, where it is a later one; nullopt: there is none.
  // Failure: the store's.
  Task<std::optional<std::int64_t>> later_try(std::string master, std::string builder, RunNumber run);

  // A build has finished (retries are ignored). To be called before its event is stored: when storing fails,
  // the same build comes again, and then the store is asked.
  void finished(const std::string& master, const BuildFacts& build);

 private:
  using Key = std::string;
  static Key key_of(std::string_view master, std::string_view builder, std::string_view branch);
  // The newest one of all, or of the branch.
  Task<std::optional<store::PreviousBuild>> newest(const std::string& master, const std::string& builder,
                                                   const std::optional<std::string>& branch);
  void note(const Key& key, const store::PreviousBuild& build);

  store::Journal& store_;
  // nullopt: the store knows no build of it. Only keys that were looked up have an entry, so that an entry is
  // always the newest one.
  std::unordered_map<Key, std::optional<store::PreviousBuild>> newest_;
};

}  // namespace carillon::pipeline
