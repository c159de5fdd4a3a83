#include "script/convert.hpp"

#include <cmath>

namespace carillon::script {

namespace {

constexpr int kDeepest = 100;

json::value convert(PyObject* object, int depth);

json::value number_of(PyObject* object) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow == 0) {
    if (number == -1 && PyErr_Occurred() != nullptr) throw PythonError{};
    return static_cast<std::int64_t>(number);
  }
  if (overflow > 0) {
    const unsigned long long big = PyLong_AsUnsignedLongLong(object);
    if (PyErr_Occurred() == nullptr) return static_cast<std::uint64_t>(big);
    PyErr_Clear();
  }
  const double rough = PyLong_AsDouble(object);
  if (PyErr_Occurred() != nullptr) throw PythonError{};
  return rough;
}

std::string key_of(PyObject* key) {
  if (PyUnicode_Check(key)) return text_of(key);
  if (key == Py_None) return "null";
  if (PyBool_Check(key)) return key == Py_True ? "true" : "false";
  const Ref text = Ref::own(PyObject_Str(key));
  return text_of(text.get());
}

json::value object_of(PyObject* dict, int depth) {
  json::object object;
  object.reserve(static_cast<std::size_t>(PyDict_GET_SIZE(dict)));
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value) != 0) {
    // Converting may run code of the user's, which may change the dictionary.
    const Ref held_key = Ref::borrow(key);
    const Ref held_value = Ref::borrow(value);
    object.insert_or_assign(key_of(key), convert(value, depth));
  }
  return object;
}

json::value array_of(PyObject* iterable, int depth) {
  const Ref items = Ref::own(PySequence_Fast(iterable, "not a sequence"));
  json::array array;
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(items.get());
  array.reserve(static_cast<std::size_t>(size));
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
    const Ref held = Ref::borrow(PySequence_Fast_GET_ITEM(items.get(), i));
    array.push_back(convert(held.get(), depth));
  }
  return array;
}

json::value bytes_text(PyObject* bytes) {
  const Ref text =
      Ref::own(PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), "replace"));
  return json::value(json::string(text_of(text.get())));
}

json::value other(PyObject* object, int depth) {
  if (PyObject_HasAttrString(object, "timestamp") != 0 && PyObject_HasAttrString(object, "isoformat") != 0) {
    const Ref seconds = Ref::own(PyObject_CallMethod(object, "timestamp", nullptr));
    return static_cast<std::int64_t>(PyFloat_AsDouble(seconds.get()));
  }
  if (PyMapping_Check(object) != 0 && PyObject_HasAttrString(object, "keys") != 0) {
    const Ref dict = Ref::own(PyDict_New());
    check(PyDict_Update(dict.get(), object));
    return object_of(dict.get(), depth);
  }
  if (PyAnySet_Check(object)) return array_of(object, depth);
  PyErr_Format(PyExc_TypeError, "cannot convert %s to JSON", Py_TYPE(object)->tp_name);
  throw PythonError{};
}

json::value convert(PyObject* object, int depth) {
  if (object == Py_None) return nullptr;
  if (PyUnicode_Check(object)) return json::value(json::string(text_of(object)));
  if (PyBool_Check(object)) return object == Py_True;
  if (PyLong_Check(object)) return number_of(object);
  if (PyFloat_Check(object)) {
    const double number = PyFloat_AS_DOUBLE(object);
    return std::isfinite(number) ? json::value(number) : json::value();
  }
  if (depth >= kDeepest) {
    PyErr_SetString(PyExc_ValueError, "too deep for JSON, or it contains itself");
    throw PythonError{};
  }
  if (PyDict_Check(object)) return object_of(object, depth + 1);
  if (PyList_Check(object) || PyTuple_Check(object)) return array_of(object, depth + 1);
  if (PyBytes_Check(object)) return bytes_text(object);
  return other(object, depth + 1);
}

}  // namespace

Ref to_python(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Ref::borrow(Py_None);
    case json::kind::bool_:
      return Ref::borrow(value.get_bool() ? Py_True : Py_False);
    case json::kind::int64:
      return Ref::own(PyLong_FromLongLong(value.get_int64()));
    case json::kind::uint64:
      return Ref::own(PyLong_FromUnsignedLongLong(value.get_uint64()));
    case json::kind::double_:
      return Ref::own(PyFloat_FromDouble(value.get_double()));
    case json::kind::string:
      return make_text(value.get_string());
    case json::kind::array:
      return to_python(value.get_array());
    case json::kind::object: {
      Ref dict = Ref::own(PyDict_New());
      for (const auto& [key, item] : value.get_object()) {
        const Ref name = make_text(key);
        const Ref made = to_python(item);
        check(PyDict_SetItem(dict.get(), name.get(), made.get()));
      }
      return dict;
    }
  }
  return Ref::borrow(Py_None);
}

Ref to_python(const json::array& array) {
  Ref list = Ref::own(PyList_New(static_cast<Py_ssize_t>(array.size())));
  for (std::size_t i = 0; i < array.size(); ++i) {
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), to_python(array[i]).release());
  }
  return list;
}

json::value to_json(PyObject* object) {
  return convert(object, 0);
}

}  // namespace carillon::script
