#include "view/node.hpp"

namespace carillon::view {

std::string_view state_of(const store::Node& node) {
  if (node.state == store::NodeState::gone) return "gone";
  if (node.silent > node.lease.count()) return "silent";
  if (node.state == store::NodeState::serving) return "serves";
  return node.drained ? "drained" : "standby";
}

json::object to_json(const store::Node& node) {
  json::object told;
  told["id"] = node.id;
  told["name"] = node.name;
  told["state"] = state_of(node);
  told["url"] = node.url;
  told["version"] = node.program;
  told["configuration"] = node.configuration;
  told["since"] = node.began;
  told["silent_ms"] = node.silent;
  told["lease_ms"] = node.lease.count();
  told["drained"] = node.drained;
  return told;
}

store::Node node_of(const json::object& told) {
  store::Node node;
  node.id = integer_at(told, "id").value_or(0);
  node.name = text_at(told, "name");
  const std::string state = text_at(told, "state");
  if (state == "serves") node.state = store::NodeState::serving;
  if (state == "gone") node.state = store::NodeState::gone;
  node.url = text_at(told, "url");
  node.program = text_at(told, "version");
  node.configuration = text_at(told, "configuration");
  node.began = integer_at(told, "since").value_or(0);
  node.silent = integer_at(told, "silent_ms").value_or(0);
  node.lease = std::chrono::milliseconds(integer_at(told, "lease_ms").value_or(0));
  node.drained = told.contains("drained") && told.at("drained") == true;
  return node;
}

}  // namespace carillon::view
