#include "cli/nodes_command.hpp"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>

#include "base/terminal.hpp"
#include "cli/opened.hpp"
#include "cli/place_option.hpp"
#include "store/cluster.hpp"
#include "view/node.hpp"

namespace carillon::cli {
namespace {

struct NodesWish {
  Place place;
  std::string name;
};

bool somebody_serves(const std::vector<store::Node>& nodes) {
  const store::Node* serving = store::serving_of(nodes);
  return serving != nullptr && serving->silent <= serving->lease.count();
}

bool differ_lease(const std::vector<store::Node>& nodes) {
  return std::ranges::any_of(nodes,
                             [&](const store::Node& node) { return node.lease != nodes.front().lease; });
}

void print_nodes(const std::vector<store::Node>& nodes, const store::Address& database) {
  if (nodes.empty()) {
    std::cout << "no node is known: with c['db'] = {..., 'lease': 5} servers of "
              << printable(database.shown()) << " are nodes\n";
    return;
  }
  std::size_t widest = 4;
  for (const store::Node& node : nodes)
    widest = std::max(widest, node.name.size());
  for (const store::Node& node : nodes) {
    std::ostringstream line;
    line << std::left << std::setw(static_cast<int>(widest)) << printable(node.name) << "  " << std::setw(8)
         << view::state_of(node) << "  " << std::setw(28) << (node.url.empty() ? "-" : printable(node.url))
         << "  carillon " << printable(node.program) << ", configuration " << printable(node.configuration)
         << ", since " << time_text(node.began);
    if (node.drained && view::state_of(node) != "drained") line << ", drained";
    if (node.silent > node.lease.count()) line << ", silent for " << node.silent / 1000 << " s";
    std::cout << line.str() << "\n";
  }
  const auto differ = [&](auto member) {
    std::set<std::string> values;
    for (const store::Node& node : nodes) {
      if (node.state != store::NodeState::gone) values.insert(node.*member);
    }
    return values.size() > 1;
  };
  if (differ(&store::Node::configuration)) std::cout << "their configurations differ\n";
  if (differ(&store::Node::program)) std::cout << "their versions differ\n";
  std::set<std::string> names;
  for (const store::Node& node : nodes) {
    if (node.state != store::NodeState::gone && !names.insert(node.name).second)
      std::cout << "several are called " << printable(node.name) << ": `drain` means all of them\n";
  }
  if (differ_lease(nodes)) std::cout << "their leases differ\n";
  if (!somebody_serves(nodes)) std::cout << "nobody serves\n";
}

// Whether one serves, for scripts.
int list_nodes(const Place& place) {
  const store::Address database = server::database_of(place);
  const std::vector<store::Node> nodes = store::nodes_of(database);
  if (place.json) {
    json::array list;
    for (const store::Node& node : nodes)
      list.emplace_back(view::to_json(node));
    std::cout << json::serialize(list) << "\n";
  } else {
    print_nodes(nodes, database);
  }
  return somebody_serves(nodes) ? 0 : 1;
}

int drain_node(const NodesWish& wish, bool drained) {
  OpenedLedger opened(wish.place);
  if (!store::set_drained(opened.database(), wish.name, drained)) {
    throw store::Error(drained ? "there is no node '" + wish.name + "'; `carillon nodes` lists them"
                               : "no node '" + wish.name + "' is drained; `carillon nodes` lists them");
  }
  opened.note(drained ? "drain" : "undrain", "node " + wish.name);
  std::cout << "node " << printable(wish.name)
            << (drained ? " gives away what it has, and serves only where no other node can, until `carillon "
                          "nodes undrain " +
                              printable(wish.name) + "`\n"
                        : " may serve again\n");
  return 0;
}

}  // namespace

void add_nodes(CLI::App& app, std::function<int()>& chosen) {
  const auto wish = std::make_shared<NodesWish>();
  CLI::App* command =
      app.add_subcommand("nodes", "Show which nodes stand by and which one serves, or drain one");
  add_place(*command, wish->place);
  command->require_subcommand(0, 1);
  command->callback([wish, command, &chosen] {
    if (command->get_subcommands().empty()) chosen = [wish] { return list_nodes(wish->place); };
  });
  const auto add_change = [&](const char* name, const char* help, bool drained) {
    CLI::App* change = command->add_subcommand(name, help);
    change->add_option("NAME", wish->name, "the node")->required();
    add_place(*change, wish->place);
    change->callback(
        [wish, drained, &chosen] { chosen = [wish, drained] { return drain_node(*wish, drained); }; });
  };
  add_change("drain", "A node gives away what it has, and serves no more", true);
  add_change("undrain", "It may serve again", false);
}

}  // namespace carillon::cli
