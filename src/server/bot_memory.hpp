// chat::Memory over the store.
#pragma once

#include <memory>
#include <string>

#include "chat/memory.hpp"
#include "store/store.hpp"

namespace carillon::server {

// The references outlive it; the store may be opened later than this is called.
std::unique_ptr<chat::Memory> make_bot_memory(std::string owner, const std::unique_ptr<store::Store>& store,
                                              const Clock& clock);

}  // namespace carillon::server
