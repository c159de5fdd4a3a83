#include "script/configure.hpp"

#include "script/convert.hpp"
#include "script/object.hpp"

namespace carillon::script {

namespace {

using settings::Value;

constexpr int kDeepestValue = 100;

class Reader {
 public:
  Reader(const std::shared_ptr<Bridge>& bridge, PyObject* describe) : bridge_(bridge), describe_(describe) {}

  Value value(PyObject* object, int depth = 0) const {
    if (object == Py_None) return {};
    if (PyBool_Check(object)) return {object == Py_True};
    if (PyLong_Check(object)) return integer(object);
    if (PyFloat_Check(object)) return {PyFloat_AS_DOUBLE(object)};
    if (PyUnicode_Check(object)) return {text_of(object)};
    if (PyBytes_Check(object)) {
      const Ref text =
          Ref::own(PyUnicode_DecodeUTF8(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), "replace"));
      return {text_of(text.get())};
    }
    if (depth >= kDeepestValue) {
      PyErr_SetString(PyExc_ValueError, "a list or dictionary is too deep, or contains itself");
      throw PythonError{};
    }
    if (PyList_Check(object) || PyTuple_Check(object) || PyAnySet_Check(object))
      return {list(object, depth + 1)};
    if (PyDict_Check(object)) return {dict(object, depth + 1)};
    return described(object);
  }

  settings::List list(PyObject* object, int depth) const {
    const Ref items = Ref::own(PySequence_Fast(object, "not a sequence"));
    settings::List values;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
      values.push_back(value(PySequence_Fast_GET_ITEM(items.get(), i), depth));
    }
    return values;
  }

  settings::Call call(PyObject* tuple) const {
    settings::Call made;
    sources_.clear();
    made.class_name = text_of(PyTuple_GetItem(tuple, 0));
    made.name = text_of(PyTuple_GetItem(tuple, 1));
    made.where = text_of(PyTuple_GetItem(tuple, 2));
    made.positional = list(PyTuple_GetItem(tuple, 3), 0);
    PyObject* key = nullptr;
    PyObject* item = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(PyTuple_GetItem(tuple, 4), &position, &key, &item) != 0) {
      made.keywords.emplace_back(text_of(key), value(item));
    }
    PyObject* self = PyTuple_GetItem(tuple, 5);
    if (self != Py_None) {
      const Value object = described(self);
      if (const auto* pointer = object.as<settings::ObjectPtr>()) made.self = *pointer;
    }
    made.sources = std::move(sources_);
    return made;
  }

 private:
  static Value integer(PyObject* object) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) return {static_cast<std::int64_t>(number)};
    const double rough = PyLong_AsDouble(object);
    if (PyErr_Occurred() != nullptr) throw PythonError{};
    return {rough};
  }

  settings::Dict dict(PyObject* object, int depth) const {
    settings::Dict made;
    PyObject* key = nullptr;
    PyObject* item = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(object, &position, &key, &item) != 0) {
      made.keys.push_back(value(key, depth));
      made.values.push_back(value(item, depth));
    }
    return made;
  }

  Value described(PyObject* object) const {
    const Ref facts = Ref::own(PyObject_CallOneArg(describe_, object));
    if (text_of(PyTuple_GetItem(facts.get(), 0)) == "secret") {
      const Secret secret(text_of(PyTuple_GetItem(facts.get(), 1)));
      sources_.emplace_back(secret, object_of(PyTuple_GetItem(facts.get(), 2)));
      return {secret};
    }
    return {object_of(facts.get())};
  }

  // facts: what describe() says of an object.
  settings::ObjectPtr object_of(PyObject* tuple) const {
    const Ref facts = Ref::borrow(tuple);
    ObjectFacts made;
    made.number = PyLong_AsUnsignedLongLong(PyTuple_GetItem(facts.get(), 1));
    made.where = text_of(PyTuple_GetItem(facts.get(), 2));
    made.title = text_of(PyTuple_GetItem(facts.get(), 3));
    made.roles = static_cast<unsigned>(PyLong_AsUnsignedLong(PyTuple_GetItem(facts.get(), 4)));
    made.attributes = to_json(PyTuple_GetItem(facts.get(), 5)).as_object();
    const Ref names = Ref::own(PySequence_Fast(PyTuple_GetItem(facts.get(), 6), "not a list"));
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(names.get()); ++i) {
      made.overrides.insert(text_of(PySequence_Fast_GET_ITEM(names.get(), i)));
    }
    return make_object(bridge_, std::move(made));
  }

  const std::shared_ptr<Bridge>& bridge_;
  PyObject* describe_;
  mutable std::vector<std::pair<Secret, settings::ObjectPtr>> sources_;  // of the call that is being read
};

PyObject* item_of(PyObject* dict, const char* name) {
  PyObject* item = PyDict_GetItemString(dict, name);
  if (item == nullptr) {
    PyErr_SetString(PyExc_KeyError, name);
    throw PythonError{};
  }
  return item;
}

std::vector<settings::Call> calls(const Reader& reader, PyObject* list) {
  std::vector<settings::Call> made;
  made.reserve(static_cast<std::size_t>(PyList_GET_SIZE(list)));
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i)
    made.push_back(reader.call(PyList_GET_ITEM(list, i)));
  return made;
}

bool is_true(PyObject* object) {
  return object == Py_True;
}

std::vector<std::string> texts(PyObject* list) {
  std::vector<std::string> made;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i)
    made.push_back(text_of(PyList_GET_ITEM(list, i)));
  return made;
}

decltype(settings::WebAccess::auth) auth_of(const std::string& kind, PyObject* facts) {
  const auto text = [&](const char* name) { return text_of(item_of(facts, name)); };
  const auto list = [&](const char* name) { return texts(item_of(facts, name)); };
  if (kind == "Passwords") return settings::PasswordFile{text("file"), list("proxies")};
  if (kind == "ForwardedUser")
    return settings::ForwardedUser{text("header"), text("groups"), list("proxies")};
  if (kind == "OpenIDConnect") {
    return settings::OpenIdConnect{text("issuer"), text("client_id"), Secret(text("client_secret")),
                                   text("user"),   text("groups"),    list("scopes"),
                                   list("proxies")};
  }
  return std::monostate();
}

// facts: what python/access.py read.
settings::WebAccess access_of(PyObject* facts) {
  settings::WebAccess made;
  made.where = text_of(item_of(facts, "where"));
  made.auth = auth_of(text_of(item_of(facts, "kind")), item_of(facts, "auth"));
  if (PyObject* role = item_of(facts, "anonymous"); role != Py_None) made.anonymous = text_of(role);
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(item_of(facts, "roles"), &position, &name, &value) != 0)
    made.roles.emplace_back(text_of(name), texts(value));
  position = 0;
  while (PyDict_Next(item_of(facts, "tokens"), &position, &name, &value) != 0) {
    made.tokens.push_back(
        {text_of(name), text_of(PyTuple_GetItem(value, 0)), Secret(text_of(PyTuple_GetItem(value, 1)))});
  }
  made.proxies = texts(item_of(facts, "proxies"));
  made.privacy = is_true(item_of(facts, "privacy"));
  return made;
}

// place: what python/log_places.py read.
settings::SpoolPlace spool_of(PyObject* place) {
  const auto text = [&](const char* name) { return text_of(item_of(place, name)); };
  settings::SpoolPlace made;
  made.dir = text("dir");
  if (text("s3").empty()) return made;
  made.s3 = settings::S3Bucket{.url = text("s3"),
                               .region = text("region"),
                               .access_key = text("access_key"),
                               .secret_key = Secret(text("secret_key")),
                               .verify = is_true(item_of(place, "verify"))};
  return made;
}

// Those that stand in the file as they are belong to them, too.
void add_secrets(const settings::WebAccess& access, std::vector<Secret>& secrets) {
  for (const settings::WebToken& token : access.tokens)
    secrets.push_back(token.text);
  if (const auto* openid = std::get_if<settings::OpenIdConnect>(&access.auth))
    secrets.push_back(openid->client_secret);
}

}  // namespace

settings::Configuration to_configuration(const std::shared_ptr<Bridge>& bridge, PyObject* result,
                                         PyObject* describe) {
  const Reader reader(bridge, describe);
  settings::Configuration made;
  made.file = text_of(item_of(result, "file"));
  made.title = text_of(item_of(result, "title"));
  made.title_url = text_of(item_of(result, "title_url"));
  made.buildbot_url = text_of(item_of(result, "buildbot_url"));
  made.db_url = text_of(item_of(result, "db_url"));
  made.lease = PyLong_AsLongLong(item_of(result, "lease"));
  made.node = text_of(item_of(result, "node"));
  made.node_url = text_of(item_of(result, "node_url"));
  made.www_host = text_of(item_of(result, "www_host"));
  made.www_port = static_cast<int>(PyLong_AsLong(item_of(result, "www_port")));
  made.history_age = PyLong_AsLongLong(item_of(result, "history_age"));
  made.history_size = PyLong_AsLongLong(item_of(result, "history_size"));
  made.spool_size = PyLong_AsLongLong(item_of(result, "spool_size"));
  made.spool = spool_of(item_of(result, "spool"));
  made.www_url = text_of(item_of(result, "www_url"));
  made.access = access_of(item_of(result, "access"));
  made.www_badges = texts(item_of(item_of(result, "access"), "badges"));
  made.allowed_networks = texts(item_of(result, "allowed_networks"));
  made.sources = calls(reader, item_of(result, "sources"));
  made.services = calls(reader, item_of(result, "services"));
  // After the calls: what they needed is known only now.
  PyObject* key = nullptr;
  PyObject* text = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(item_of(result, "secrets"), &position, &key, &text) != 0) {
    made.secrets.emplace_back(text_of(text));
  }
  add_secrets(made.access, made.secrets);
  if (made.spool.s3) made.secrets.push_back(made.spool.s3->secret_key);
  made.warnings = texts(item_of(result, "warnings"));
  return made;
}

}  // namespace carillon::script
