// Requests that come again because their answer got lost (Idempotency-Key): they get the same answer, and
// nothing is done twice.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "web/message.hpp"

namespace carillon::dashboard {

class Repeats {
 public:
  // The answer to the same request of the same caller within a day; nullopt: it is new. what: method and
  // path.
  std::optional<web::Response> known(const std::string& who, const std::string& key, const std::string& what,
                                     Millis now);
  // Keeps it. At most 1,000 are kept.
  void keep(const std::string& who, const std::string& key, const std::string& what,
            const web::Response& answer, Millis now);

 private:
  struct Kept {
    Millis at = 0;
    std::string what;
    web::Response answer;
  };
  using Name = std::pair<std::string, std::string>;
  std::map<Name, Kept> answers_;
  // The oldest first.
  std::list<Name> order_;
};

}  // namespace carillon::dashboard
