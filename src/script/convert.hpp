// JSON to Python and back, without text in between.
#pragma once

#include "base/json.hpp"
#include "script/python.hpp"

namespace carillon::script {

Ref to_python(const json::value& value);
Ref to_python(const json::array& array);  // a list

// Tuples, sets and other sequences of the standard become arrays, bytes become text, dates become seconds
// since the epoch, keys become strings, infinite numbers null. Throws PythonError (a TypeError or ValueError)
// for the rest.
json::value to_json(PyObject* object);

}  // namespace carillon::script
