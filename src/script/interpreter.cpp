#include "script/interpreter.hpp"

#include <marshal.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "script/sources.hpp"

namespace carillon::script {

namespace {

void start_interpreter() {
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  config.parse_argv = 0;
  config.use_environment = 0;  // PYTHONPATH and its kin are for other programs
  config.user_site_directory = 0;
  config.write_bytecode = 0;  // a changed module of the user's is never hidden by a cached one
  PyStatus status = PyConfig_SetString(&config, &config.program_name, L"/usr/bin/python3");
  if (PyStatus_Exception(status) == 0) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status) != 0) {
    throw std::runtime_error(std::string("Python does not start: ") +
                             (status.err_msg != nullptr ? status.err_msg : "unknown reason"));
  }
}

Ref loader_code(const Source& loader, bool compiled) {
  if (compiled)
    return Ref::own(
        PyMarshal_ReadObjectFromString(loader.code.data(), static_cast<Py_ssize_t>(loader.code.size())));
  return Ref::own(Py_CompileString(std::string(loader.text).c_str(), "<carillon._loader>", Py_file_input));
}

// The modules as {"carillon._places": "..."}, as text and as code, and the first of them running.
void install_sources() {
  const bool compiled = PyImport_GetMagicNumber() == magic_of_code();
  const Ref texts = Ref::own(PyDict_New());
  const Ref codes = Ref::own(PyDict_New());
  check(PyDict_SetItemString(texts.get(), "carillon", make_text("").get()));
  const Source* loader = nullptr;
  for (const Source& source : sources_of_python()) {
    if (source.name == "loader") loader = &source;
    const std::string name = "carillon._" + std::string(source.name);
    check(PyDict_SetItemString(texts.get(), name.c_str(), make_text(source.text).get()));
    if (!compiled) continue;
    const Ref code =
        Ref::own(PyBytes_FromStringAndSize(source.code.data(), static_cast<Py_ssize_t>(source.code.size())));
    check(PyDict_SetItemString(codes.get(), name.c_str(), code.get()));
  }
  const Ref code = loader_code(*loader, compiled);
  const Ref module = Ref::own(PyImport_ExecCodeModule("carillon._loader", code.get()));
  Ref::own(PyObject_CallMethod(module.get(), "install", "OO", texts.get(), codes.get()));
}

}  // namespace

PyObject* runtime_module() {
  static PyObject* runtime = nullptr;  // there is one interpreter in a process, and it never ends
  if (runtime != nullptr) return runtime;
  // Importing the module `signal`, as asyncio does, installs Python's handler of SIGINT.
  struct sigaction interrupt{};
  sigaction(SIGINT, nullptr, &interrupt);
  if (Py_IsInitialized() == 0) {
    start_interpreter();
    PyEval_SaveThread();
  }
  std::string error;
  {
    const Lock lock;
    try {
      if (PyImport_GetModule(make_text("carillon._loader").get()) == nullptr) install_sources();
      runtime = Ref::own(PyImport_ImportModule("carillon._runtime")).release();
    } catch (const PythonError&) {
      error = take_error();
    }
  }
  sigaction(SIGINT, &interrupt, nullptr);
  if (runtime == nullptr) throw std::runtime_error("Python does not start: " + error);
  return runtime;
}

}  // namespace carillon::script
