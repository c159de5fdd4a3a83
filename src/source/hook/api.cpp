#include "source/hook/api.hpp"

namespace carillon::source::hook {

Task<void> Api::stop(const std::string& /*project*/, const std::string& /*id*/) {
  co_return rejected("runs of this CI cannot be stopped from here");
}

}  // namespace carillon::source::hook
