#include "script/thread.hpp"

#include <sched.h>

#include <algorithm>
#include <stdexcept>

#include "script/convert.hpp"
#include "script/interpreter.hpp"

namespace carillon::script {

namespace {

using std::chrono::milliseconds;

json::array names_of(const std::vector<std::string>& names) {
  json::array array;
  for (const std::string& name : names)
    array.push_back(json::value(json::string(name)));
  return array;
}

constexpr std::string_view name_of(settings::Type type) {
  using settings::Type;
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::string:
      return "string";
    case Type::secret:
      return "secret";
    case Type::strings:
      return "strings";
    case Type::dict:
      return "dict";
    case Type::list:
      return "list";
    case Type::renderable:
      return "renderable";
    case Type::callable:
      return "callable";
    case Type::formatter:
      return "formatter";
    case Type::missing_worker_formatter:
      return "missing_worker_formatter";
    case Type::object:
      return "object";
    case Type::any:
      break;
  }
  return "any";
}

json::array schemas(const std::vector<settings::Schema>& given) {
  json::array array;
  for (const settings::Schema& schema : given) {
    json::array arguments;
    json::array required;
    json::object defaults;
    json::object types;
    json::object docs;
    for (const settings::Argument& argument : schema.arguments) {
      arguments.push_back(json::value(json::string(argument.name)));
      defaults[argument.name] = settings::to_json(argument.fallback);
      json::array names;
      for (const settings::Type type : argument.types)
        names.push_back(json::value(json::string(name_of(type))));
      types[argument.name] = std::move(names);
      docs[argument.name] = argument.doc;
      if (argument.required) required.push_back(json::value(json::string(argument.name)));
    }
    json::object object;
    object["name"] = schema.name;
    object["aliases"] = names_of(schema.aliases);
    object["modules"] = names_of(schema.modules);
    object["methods"] = names_of(schema.methods);
    object["arguments"] = std::move(arguments);
    object["required"] = std::move(required);
    object["defaults"] = std::move(defaults);
    object["types"] = std::move(types);
    object["docs"] = std::move(docs);
    array.emplace_back(std::move(object));
  }
  return array;
}

}  // namespace

std::unique_ptr<PythonThread> PythonThread::start(std::shared_ptr<Bridge> bridge, const Options& options) {
  PyObject* runtime = runtime_module();
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->bridge = std::move(bridge);
  endpoint->activity.set_long_piece(std::min(milliseconds(1000), options.time_limit / 10));
  json::object told;
  told["load_limit"] = static_cast<double>(options.load_limit.count()) / 1000.0;
  told["time_limit"] = static_cast<double>(options.time_limit.count()) / 1000.0;
  told["may_ask"] = options.may_ask;
  told["installed_twisted"] = options.installed_twisted;
  told["reporters"] = schemas(options.reporters);
  told["sources"] = schemas(options.sources);
  std::string error;
  {
    const Lock lock;
    try {
      const Ref functions = make_functions(endpoint);
      const Ref python_options = to_python(json::value(told));
      Ref::own(PyObject_CallMethod(runtime, "start", "OO", functions.get(), python_options.get()));
    } catch (const PythonError&) {
      error = take_error();
    }
  }
  if (!error.empty()) throw std::runtime_error("Python does not start: " + error);
  const auto shared = std::make_shared<Shared>(std::move(endpoint), options);
  std::unique_ptr<PythonThread> made(new PythonThread(shared));
  made->python_ = std::thread([shared] { serve(shared); });
  made->interrupter_ = std::thread([shared] { watch(shared, interrupt); });
  made->watchdog_ = std::thread([shared] { watch(shared, give_up); });
  return made;
}

PythonThread::~PythonThread() {
  bool over = false;
  {
    std::unique_lock lock(shared_->mutex);
    over = shared_->changed.wait_for(lock, std::chrono::seconds(1), [this] { return shared_->over; });
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
  if (over) {
    python_.join();
    interrupter_.join();
    watchdog_.join();
  } else {
    python_.detach();
    interrupter_.detach();
    watchdog_.detach();
  }
}

void PythonThread::serve(const std::shared_ptr<Shared>& shared) {
  // With a current folder of its own: relative paths of a configuration count from the folder of its file.
  const bool own_folder = ::unshare(CLONE_FS) == 0;
  {
    const Lock lock;
    {
      const std::lock_guard guard(shared->mutex);
      shared->thread_id = PyThread_get_thread_ident();
    }
    PyObject* result = PyObject_CallMethod(runtime_module(), "run", "ii", shared->endpoint->bridge->wake_fd(),
                                           own_folder ? 1 : 0);
    if (result == nullptr) PyErr_Print();
    Py_XDECREF(result);
    shared->endpoint->activity.end();
  }
  const std::lock_guard guard(shared->mutex);
  shared->over = true;
  shared->changed.notify_all();
}

void PythonThread::watch(const std::shared_ptr<Shared>& shared, void (*look)(Shared&)) {
  const milliseconds step = std::clamp(shared->limit / 10, milliseconds(5), milliseconds(500));
  std::unique_lock lock(shared->mutex);
  while (!shared->stopping) {
    shared->changed.wait_for(lock, step);
    lock.unlock();
    look(*shared);
    lock.lock();
  }
}

PythonThread::Duration PythonThread::over(const Shared& shared, const Activity::Moment& moment) {
  return moment.piece - (moment.loads ? shared.load_limit : shared.limit);
}

void PythonThread::give_up(Shared& shared) {
  const Activity::Moment moment = shared.endpoint->activity.moment();
  Bridge& bridge = *shared.endpoint->bridge;
  const milliseconds patience = std::clamp(shared.limit, milliseconds(200), milliseconds(5000));
  const Duration late = over(shared, moment);
  if (late <= Duration::zero()) {
    // What Python works on just now holds up the others, too.
    bridge.give_up_unanswered(moment.held, shared.limit + patience, "Python does not answer");
  } else if (late > patience) {
    bridge.give_up(moment.request, "the Python thread is stuck in a callback that cannot be interrupted");
  }
}

void PythonThread::interrupt(Shared& shared) {
  Activity& activity = shared.endpoint->activity;
  const Activity::Moment moment = activity.moment();
  if (over(shared, moment) <= Duration::zero()) return;
  // Whoever was interrupted gets the time to clean up and to say so.
  const milliseconds pause = std::clamp(shared.limit / 2, milliseconds(500), milliseconds(5000));
  if (moment.turn == shared.interrupted_turn && moment.now - shared.interrupted_at < pause) return;
  const Lock lock;
  if (!activity.still_at(moment)) return;
  PyObject* places = PyImport_ImportModule("carillon._places");
  PyObject* type = places != nullptr ? PyObject_GetAttrString(places, "Interrupted") : nullptr;
  if (type != nullptr && activity.still_at(moment)) {
    activity.interrupted = true;
    shared.interrupted_turn = moment.turn;
    shared.interrupted_at = moment.now;
    PyThreadState_SetAsyncExc(shared.thread_id, type);
  }
  PyErr_Clear();
  Py_XDECREF(type);
  Py_XDECREF(places);
}

}  // namespace carillon::script
