// What the bot has asked somebody: the next text of that person there is the answer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "chat/memory.hpp"

namespace carillon::chat {

// Kept as "ask/PLACE/PERSON" (both percent-encoded), {"before": the command so far, "at": MILLIS}. One for
// each person in each place; forgotten after a day.
class Questions {
 public:
  // The references outlive this.
  Questions(Memory& memory, const Clock& clock) : memory_(memory), clock_(clock) {}

  // Reads what was kept, and has the memory forget what is too old. Failure: as Memory; there are no
  // questions then.
  Task<void> restore();

  // The answer, quoted as one word of a shell, will be appended to `before`. It replaces an earlier question.
  // Failure: it is asked, but a restart forgets it.
  Task<void> ask(const std::string& place, const std::string& person, std::string before);

  // The command that the text completes; nullopt when nothing was asked. The question stays: forget() it.
  std::optional<std::string> answered(const std::string& place, const std::string& person,
                                      std::string_view text) const;

  // Does nothing where nothing was asked. Failure: it is forgotten until a restart.
  Task<void> forget(const std::string& place, const std::string& person);

 private:
  struct Asked {
    std::string before;
    Millis at = 0;
  };
  Memory& memory_;
  const Clock& clock_;
  std::map<std::string, Asked, std::less<>> asked_;
};

}  // namespace carillon::chat
