#include "server/configuration_view.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "server/likely_secrets.hpp"
#include "server/sources.hpp"

namespace carillon::server {
namespace {

using settings::Argument;
using settings::Arguments;
using settings::Call;
using settings::Schema;
using settings::Value;

// An address without the login that may stand in it, and without its query, which may hold a token.
std::string shown_address(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return std::string(text);
  std::string shown(url->scheme);
  shown.append("://").append(url->login.empty() ? "" : "***@").append(url->authority()).append(url->path);
  return shown + (url->query.empty() ? "" : "?***");
}

// The same of every address that stands in a text.
std::string shown_text_value(std::string_view text) {
  if (Url::parse(text)) return shown_address(text);
  constexpr std::string_view ends = " \t\r\n\"'<>()";
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find_first_of(ends), text.size());
    shown += shown_address(text.substr(0, length));
    if (length < text.size()) shown += text[length];
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return shown;
}

// Whatever stands beside a user's name is a password, whether it is marked as a secret or not.
json::value shown_login(const Value& value) {
  const auto* pair = value.as<settings::List>();
  const auto* user = pair != nullptr && pair->size() == 2 ? pair->front().as<std::string>() : nullptr;
  return user != nullptr ? json::value(json::array{*user, "***"}) : json::value("***");
}

json::value shown_value(const Value& value) {
  if (const auto* object = value.as<settings::ObjectPtr>()) {
    if (*object == nullptr) return nullptr;
    return json::value((*object)->describe() + ", at " + (*object)->where());
  }
  if (const auto* text = value.as<std::string>()) return json::value(shown_text_value(*text));
  if (const auto* list = value.as<settings::List>()) {
    json::array items;
    for (const Value& item : *list)
      items.push_back(shown_value(item));
    return items;
  }
  if (const auto* dict = value.as<settings::Dict>()) {
    json::object members;
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      const auto* text = dict->keys[i].as<std::string>();
      const std::string key = text != nullptr ? *text : json::serialize(shown_value(dict->keys[i]));
      members[key] = is_secret_name(key) ? json::value("***") : shown_value(dict->values[i]);
    }
    return members;
  }
  return settings::to_json(value);  // of a secret: "***"
}

json::object shown_call(const Call& call, const Schema& schema, const std::string& name) {
  const Arguments args = Arguments::bind(schema, call);
  json::object given;
  for (const Argument& argument : schema.arguments) {
    if (!args.given(argument.name)) continue;
    const Value& value = args.at(argument.name);
    given[argument.name] = argument.login ? shown_login(value) : shown_value(value);
  }
  return json::object{
      {"name", name}, {"class", call.class_name}, {"where", call.where}, {"arguments", std::move(given)}};
}

bool is_of(const Schema& schema, const Call& call) {
  return schema.name == call.class_name ||
         std::ranges::find(schema.aliases, call.class_name) != schema.aliases.end();
}

// What is made of the calls comes in their order.
json::array sources_json(const settings::Configuration& configuration, const Assembly& assembly) {
  json::array all;
  const std::vector<Schema> schemas = source_schemas();
  for (std::size_t i = 0; i < configuration.sources.size() && i < assembly.sources.size(); ++i) {
    const Call& call = configuration.sources[i];
    const auto schema = std::ranges::find_if(schemas, [&](const Schema& one) { return is_of(one, call); });
    if (schema != schemas.end()) all.push_back(shown_call(call, *schema, assembly.sources[i].source->name()));
  }
  return all;
}

json::array reporters_json(const settings::Configuration& configuration,
                           const std::vector<ReporterKind>& kinds, const Assembly& assembly) {
  json::array all;
  const pipeline::Roster& roster = *assembly.roster;
  for (std::size_t i = 0; i < configuration.services.size() && i < roster.entries.size(); ++i) {
    const Call& call = configuration.services[i];
    const auto kind =
        std::ranges::find_if(kinds, [&](const ReporterKind& one) { return is_of(one.schema, call); });
    if (kind != kinds.end()) all.push_back(shown_call(call, kind->schema, roster.entries[i].name));
  }
  return all;
}

json::object settings_json(const settings::Configuration& configuration, const std::string& logs) {
  const auto limit = [](std::int64_t number) {
    return number > 0 ? json::value(number) : json::value(nullptr);
  };
  json::object out;
  out["title"] = configuration.title;
  out["buildbotURL"] = shown_text_value(configuration.buildbot_url);
  out["db"] = shown_text_value(configuration.db_url);
  out["www"] = configuration.www_port < 0
                   ? json::value(nullptr)
                   : json::value(configuration.www_host + ":" + std::to_string(configuration.www_port));
  out["www url"] = shown_text_value(configuration.www_url);
  out["history: seconds"] = limit(configuration.history_age);
  out["history: bytes"] = limit(configuration.history_size);
  out["spool"] = logs;
  out["spool: bytes"] = limit(configuration.spool_size);
  out["allowedNetworks"] = json::value_from(configuration.allowed_networks);
  return out;
}

}  // namespace

json::object configuration_json(const settings::Configuration& configuration, const std::string& logs,
                                const std::vector<ReporterKind>& kinds, const Assembly& assembly,
                                const Redact& redact) {
  json::object out;
  out["file"] = configuration.file;
  out["settings"] = settings_json(configuration, logs);
  out["sources"] = sources_json(configuration, assembly);
  out["reporters"] = reporters_json(configuration, kinds, assembly);
  out["warnings"] = json::value_from(configuration.warnings);
  return redacted(std::move(out), redact).as_object();
}

}  // namespace carillon::server
