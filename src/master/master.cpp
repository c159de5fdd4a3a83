#include "master/master.hpp"

namespace carillon::master {

Task<json::value> Master::control(std::string, std::string, json::object) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

Task<std::string> Master::shutdown(Shutdown) {
  co_return rejected(name() + " takes no commands: its builds are only posted here");
}

}  // namespace carillon::master
