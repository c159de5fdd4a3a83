#include "script/functions.hpp"

#include <array>
#include <chrono>

#include "script/configure.hpp"
#include "script/convert.hpp"

namespace carillon::script {

namespace {

constexpr const char* kCapsule = "carillon.endpoint";

Endpoint& endpoint_of(PyObject* capsule) {
  return **static_cast<std::shared_ptr<Endpoint>*>(PyCapsule_GetPointer(capsule, kCapsule));
}

void destroy(PyObject* capsule) {
  delete static_cast<std::shared_ptr<Endpoint>*>(PyCapsule_GetPointer(capsule, kCapsule));
}

// No C++ exception may cross into Python.
template <class F>
PyObject* guarded(F&& function) {
  try {
    function();
    Py_RETURN_NONE;
  } catch (const PythonError&) {
    return nullptr;
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
    return nullptr;
  }
}

const char* name(Request::Kind kind) {
  switch (kind) {
    case Request::Kind::call:
      return "call";
    case Request::Kind::drop:
      return "drop";
    case Request::Kind::load:
      return "load";
    case Request::Kind::answer:
      return "answer";
    case Request::Kind::stop:
      break;
  }
  return "stop";
}

Ref tuple_of(const Request& request) {
  const auto number = static_cast<unsigned long long>(request.number);
  const auto object = static_cast<unsigned long long>(request.object);
  const char* kind = name(request.kind);
  switch (request.kind) {
    case Request::Kind::call: {
      const Ref method = make_text(request.text);
      const Ref args = to_python(request.args);
      const Ref master = make_text(request.source);
      return Ref::own(
          Py_BuildValue("(sKKOOO)", kind, number, object, method.get(), args.get(), master.get()));
    }
    case Request::Kind::drop:
      return Ref::own(Py_BuildValue("(sKK)", kind, number, object));
    case Request::Kind::load: {
      const Ref file = make_text(request.text);
      return Ref::own(Py_BuildValue("(sKO)", kind, number, file.get()));
    }
    case Request::Kind::answer: {
      const Ref value = request.value ? to_python(*request.value) : make_text(request.value.error().what);
      return Ref::own(Py_BuildValue("(sKOO)", kind, number, request.value ? Py_True : Py_False, value.get()));
    }
    case Request::Kind::stop:
      break;
  }
  return Ref::own(Py_BuildValue("(sK)", kind, number));
}

// What could not be handed over, for want of memory, fails; nothing else does.
void refuse(Bridge& bridge, Request request, const std::string& why) {
  switch (request.kind) {
    case Request::Kind::call:
    case Request::Kind::load:
      bridge.finish(request.number, rejected(why));
      return;
    case Request::Kind::answer:
      if (!request.value) break;
      request.value = rejected(why);
      bridge.put_back(std::move(request));
      return;
    case Request::Kind::drop:
    case Request::Kind::stop:
      bridge.put_back(std::move(request));
      break;
  }
  PyErr_NoMemory();
  throw PythonError{};
}

// The next request that can be handed over; None: there is none.
PyObject* take(PyObject* capsule, PyObject*) {
  Endpoint& endpoint = endpoint_of(capsule);
  try {
    while (auto request = endpoint.bridge->take(endpoint.activity.held())) {
      endpoint.activity.take(request->number, request->kind == Request::Kind::load);
      try {
        return tuple_of(*request).release();
      } catch (const PythonError&) {
        refuse(*endpoint.bridge, *std::move(request), take_error());
      } catch (const std::bad_alloc&) {
        refuse(*endpoint.bridge, *std::move(request), "out of memory");
      }
    }
    Py_RETURN_NONE;
  } catch (const PythonError&) {
    return nullptr;
  } catch (const std::exception&) {
    return PyErr_NoMemory();
  }
}

PyObject* finish(PyObject* capsule, PyObject* args) {
  unsigned long long number = 0;
  PyObject* value = nullptr;
  if (PyArg_ParseTuple(args, "KO", &number, &value) == 0) return nullptr;
  return guarded([&] { endpoint_of(capsule).bridge->finish(number, to_json(value)); });
}

PyObject* fail(PyObject* capsule, PyObject* args) {
  unsigned long long number = 0;
  PyObject* text = nullptr;
  if (PyArg_ParseTuple(args, "KU", &number, &text) == 0) return nullptr;
  return guarded([&] { endpoint_of(capsule).bridge->finish(number, rejected(text_of(text))); });
}

// The error that is set, as python/places.py words it.
std::string worded(PyObject* describe_error) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr) PyException_SetTraceback(value, trace);
  PyObject* text = value != nullptr ? PyObject_CallOneArg(describe_error, value) : nullptr;
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  if (text == nullptr) return take_error();
  std::string made = text_of(text);
  Py_DECREF(text);
  return made;
}

PyObject* loaded(PyObject* capsule, PyObject* args) {
  unsigned long long number = 0;
  PyObject* result = nullptr;
  PyObject* describe = nullptr;
  PyObject* describe_error = nullptr;
  if (PyArg_ParseTuple(args, "KOOO", &number, &result, &describe, &describe_error) == 0) return nullptr;
  return guarded([&] {
    const auto& bridge = endpoint_of(capsule).bridge;
    try {
      bridge->finish_load(number, to_configuration(bridge, result, describe));
    } catch (const PythonError&) {
      bridge->finish_load(number, rejected(worded(describe_error)));
    }
  });
}

PyObject* flush(PyObject* capsule, PyObject*) {
  return guarded([&] { endpoint_of(capsule).bridge->flush(); });
}

PyObject* ask(PyObject* capsule, PyObject* args) {
  unsigned long long question = 0;
  PyObject* master = nullptr;
  PyObject* path = nullptr;
  if (PyArg_ParseTuple(args, "KUU", &question, &master, &path) == 0) return nullptr;
  return guarded([&] { endpoint_of(capsule).bridge->ask(question, text_of(master), text_of(path)); });
}

PyObject* say(PyObject* capsule, PyObject* text) {
  return guarded([&] { endpoint_of(capsule).bridge->say(text_of(text)); });
}

// An interruption that came too late must not hit the next piece of work.
void drop_interruption(Activity& activity) {
  if (activity.interrupted.exchange(false)) PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), nullptr);
}

PyObject* busy(PyObject* capsule, PyObject* request) {
  Activity& activity = endpoint_of(capsule).activity;
  activity.end();
  drop_interruption(activity);
  activity.begin(PyLong_AsUnsignedLongLongMask(request));
  Py_RETURN_NONE;
}

PyObject* idle(PyObject* capsule, PyObject*) {
  Activity& activity = endpoint_of(capsule).activity;
  activity.end();
  drop_interruption(activity);
  Py_RETURN_NONE;
}

PyObject* held(PyObject* capsule, PyObject*) {
  return PyFloat_FromDouble(std::chrono::duration<double>(endpoint_of(capsule).activity.held()).count());
}

std::array<PyMethodDef, 10> methods{{
    {"take", take, METH_NOARGS, nullptr},
    {"finish", finish, METH_VARARGS, nullptr},
    {"fail", fail, METH_VARARGS, nullptr},
    {"loaded", loaded, METH_VARARGS, nullptr},
    {"flush", flush, METH_NOARGS, nullptr},
    {"ask", ask, METH_VARARGS, nullptr},
    {"say", say, METH_O, nullptr},
    {"busy", busy, METH_O, nullptr},
    {"idle", idle, METH_NOARGS, nullptr},
    {"held", held, METH_NOARGS, nullptr},
}};

}  // namespace

Ref make_functions(std::shared_ptr<Endpoint> endpoint) {
  auto kept = std::make_unique<std::shared_ptr<Endpoint>>(std::move(endpoint));
  const Ref capsule = Ref::own(PyCapsule_New(kept.get(), kCapsule, destroy));
  [[maybe_unused]] const auto* owned_by_the_capsule = kept.release();
  Ref functions = Ref::own(PyDict_New());
  for (PyMethodDef& method : methods) {
    const Ref function = Ref::own(PyCFunction_New(&method, capsule.get()));
    check(PyDict_SetItemString(functions.get(), method.ml_name, function.get()));
  }
  return functions;
}

}  // namespace carillon::script
