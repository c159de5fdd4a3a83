// Requests that come again because their answer got lost (Idempotency-Key): they get the same answer, and
// nothing is done twice. What is known ends with the process.
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
  // Who asks, and the key: each caller has keys of his or her own.
  using Name = std::pair<std::string, std::string>;

  // One request, from its begin to its answer. The repeats outlive it.
  class Turn {
   public:
    // what: the whole request.
    Turn(Repeats& repeats, Name name, std::string what, Millis now);
    // Where nothing was kept, the next one with the key is the first one again.
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // What to answer instead of doing it: the answer to the same request within a day; 409 while that one is
    // under way; 422 where the key was another request's. nullopt: it is the first one.
    const std::optional<web::Response>& known() const { return known_; }
    void keep(const web::Response& answer, Millis now);

   private:
    Repeats& repeats_;
    Name name_;
    std::optional<web::Response> known_;
    bool kept_ = false;
  };

 private:
  struct Kept {
    Millis at = 0;
    std::string what;
    // nullopt: it is under way.
    std::optional<web::Response> answer;
  };
  void forget(const Name& name);
  // At most 1,000 answers are kept.
  void make_room();

  std::map<Name, Kept> all_;
  // Those with an answer, the oldest first.
  std::list<Name> order_;
};

}  // namespace carillon::dashboard
