// Requests that come again because their answer got lost (Idempotency-Key): they get the same answer, and
// nothing is done twice.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "store/key_value.hpp"
#include "web/message.hpp"

namespace carillon::dashboard {

// To be used on the io_context thread.
class Repeats {
 public:
  // What is known is kept in that memory, under that name, over restarts; memory: null: it ends with the
  // process.
  explicit Repeats(std::string name = {}, std::function<store::KeyValue*()> memory = nullptr)
      : owner_("(repeats of " + std::move(name) + ")"), memory_(std::move(memory)) {}

  // Who asks, and the key: each caller has keys of his or her own.
  using Name = std::pair<std::string, std::string>;

  // Reads what earlier processes kept; before the first turn. Where that fails the next call tries again.
  asio::awaitable<void> load(Millis now);
  // Writes what a turn has kept. Where that fails, it ends with the process.
  asio::awaitable<void> save(Name name);

  // One request, from its begin to its answer. The repeats outlive it.
  class Turn {
   public:
    // what: the whole request.
    Turn(Repeats& repeats, Name name, const std::string& what, Millis now);
    // Where nothing was kept, the next one with the key is the first one again.
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    const Name& name() const { return name_; }
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
    // Of the whole request.
    std::string digest;
    // nullopt: it is under way.
    std::optional<web::Response> answer;
  };
  void forget(const Name& name);
  // At most 1,000 answers are kept.
  void make_room();
  static json::object kept_form(const Name& name, const Kept& kept);
  static std::optional<std::pair<Name, Kept>> read(const json::value& value);

  std::string owner_;
  std::function<store::KeyValue*()> memory_;
  bool loaded_ = false;
  std::map<Name, Kept> all_;
  // Those with an answer, the oldest first.
  std::list<Name> order_;
};

}  // namespace carillon::dashboard
