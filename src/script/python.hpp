// Python's C API with owned references. Everything here is called with the interpreter lock held.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string>
#include <string_view>
#include <utility>

namespace carillon::script {

// A Python error is set; whoever calls from Python returns nullptr and lets Python raise it.
struct PythonError {};

// Owns one reference.
class Ref {
 public:
  Ref() = default;
  static Ref borrow(PyObject* object) {
    Py_XINCREF(object);
    return Ref(object);
  }
  // A new reference as the C API returns it; throws PythonError for nullptr.
  static Ref own(PyObject* object) {
    if (object == nullptr) throw PythonError{};
    return Ref(object);
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }

 private:
  explicit Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

// The interpreter lock, for the time of a scope.
class Lock {
 public:
  Lock() : state_(PyGILState_Ensure()) {}
  ~Lock() { PyGILState_Release(state_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  PyGILState_STATE state_;
};

// Throws PythonError when a call of the C API returned -1.
inline void check(int result) {
  if (result < 0) throw PythonError{};
}

// Text of a str; lone surrogates become '?'.
std::string text_of(PyObject* str);

// A str of UTF-8 text; what is no UTF-8 becomes U+FFFD.
Ref make_text(std::string_view text);

// The pending error as one line, cleared.
std::string take_error();

}  // namespace carillon::script
