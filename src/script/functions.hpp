// What the Python side calls: the bridge as Python functions.
#pragma once

#include <memory>

#include "script/activity.hpp"
#include "script/bridge.hpp"
#include "script/python.hpp"

namespace carillon::script {

// Everything that the functions reach. Outlives the Python thread.
struct Endpoint {
  std::shared_ptr<Bridge> bridge;
  Activity activity;
};

// {"take": ..., "finish": ..., ...}, see python/runtime.py. The functions keep the endpoint.
Ref make_functions(std::shared_ptr<Endpoint> endpoint);

}  // namespace carillon::script
