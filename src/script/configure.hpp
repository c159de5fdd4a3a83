// A configuration as Python collected it, turned into values of the program.
#pragma once

#include <memory>

#include "script/bridge.hpp"
#include "script/python.hpp"
#include "settings/configuration.hpp"

namespace carillon::script {

// result: the dictionary of python/configuration.py. describe: tells what an object is (python/export.py).
// Throws PythonError.
settings::Configuration to_configuration(const std::shared_ptr<Bridge>& bridge, PyObject* result,
                                         PyObject* describe);

}  // namespace carillon::script
