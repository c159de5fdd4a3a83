// What the composition root lends to the bots. Outlives them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chat/memory.hpp"

namespace carillon::source {
class Source;
}

namespace carillon::chat {

struct World {
  // The masters that are observed now, in the order of the configuration.
  std::function<std::vector<std::shared_ptr<source::Source>>()> sources;

  // The memory of one bot; `owner` is stable across restarts and holds no secret ("irc irc.example.org:6667
  // bot").
  std::function<std::unique_ptr<Memory>(std::string owner)> memory;
};

}  // namespace carillon::chat
