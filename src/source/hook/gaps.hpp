// What of a CI's projects the looks at its API did not see. Kept in the source's cursor. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/json.hpp"

namespace carillon::source::hook {

// All moments are seconds since the epoch.
class Gaps {
 public:
  // The project could not be read: it is looked at again from that moment on. Of one that could not be read
  // before, the earlier moment stays. why: a sentence for people.
  void refused(const std::string& project, std::int64_t since, std::string why);
  // It was read, as far back as since() said.
  void seen(const std::string& project);
  // Of all other projects nothing is missed any more.
  void only(const std::set<std::string>& projects);
  // From when on the project is to be read.
  std::int64_t since(const std::string& project, std::int64_t since) const;

  // More happened in that stretch than a look reads: it stays unseen. list: tells such gaps apart.
  void cut(const std::string& list, std::int64_t since, std::int64_t until, std::string why);

  // Forgets stretches that ended three days ago, and leaves such of what could not be read.
  void forget(std::int64_t now);
  std::set<std::string> sentences() const;

  json::object to_json() const;
  // What is no gap is left out.
  static Gaps from(const json::object& kept);

 private:
  struct Gap {
    std::int64_t since = 0;
    // 0: it is open still.
    std::int64_t until = 0;
    std::string why;
  };
  void add(const std::string& key, Gap gap);

  // "project NAME" or "list NAME".
  std::map<std::string, Gap> gaps_;
};

}  // namespace carillon::source::hook
