// Starts Debian's Python inside of the process, once.
#pragma once

#include "script/python.hpp"

namespace carillon::script {

// The module carillon._runtime (python/runtime.py). Starts the interpreter at the first call and leaves the
// lock free; to be called without it. Throws std::runtime_error when something cannot be imported. The caller
// takes the Lock before it uses, or lets go of, the module.
PyObject* runtime_module();

}  // namespace carillon::script
