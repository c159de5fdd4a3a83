#include "server/assembly.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "server/filtered.hpp"
#include "server/likely_secrets.hpp"

namespace carillon::server {
namespace {

using settings::Arguments;
using settings::Call;
using settings::ConfigError;

// Gathers errors, so that a person sees all of them at once.
class Errors {
 public:
  template <class F>
  void collect(F&& step) {
    try {
      step();
    } catch (const ConfigError& error) {
      text_ += (text_.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  void raise_if_any() const {
    if (!text_.empty()) throw ConfigError(text_);
  }

 private:
  std::string text_;
};

void learn_secrets(const settings::Schema& schema, const Arguments& args, Redactor& redactor) {
  for (const Secret& secret : args.secrets())
    redactor.add(secret.reveal());
  for (const std::string& text : likely_secrets(schema, args))
    redactor.add(text);
}

const ReporterKind& kind_of_call(const std::vector<ReporterKind>& kinds, const Call& call) {
  for (const ReporterKind& kind : kinds) {
    const auto& aliases = kind.schema.aliases;
    if (kind.schema.name == call.class_name ||
        std::find(aliases.begin(), aliases.end(), call.class_name) != aliases.end()) {
      return kind;
    }
  }
  throw ConfigError(call.where + ": " + call.class_name + " is not a reporter");
}

// The name the user gave, else the class name; a second one of the same class gets a number.
std::string unique_name(const Arguments& args, std::set<std::string>& taken) {
  if (!args.name().empty()) {
    if (!taken.insert(args.name()).second) {
      args.fail("name", "another reporter is named '" + args.name() + "' too");
    }
    return args.name();
  }
  std::string name = args.class_name();
  for (int number = 2; !taken.insert(name).second; ++number)
    name = args.class_name() + "-" + std::to_string(number);
  return name;
}

std::shared_ptr<pipeline::Roster> make_roster(const settings::Configuration& configuration,
                                              const std::vector<ReporterKind>& kinds,
                                              const chat::Environment& environment, Errors& errors,
                                              Redactor& redactor) {
  auto roster = std::make_shared<pipeline::Roster>();
  std::set<std::string> taken;
  for (const Call& call : configuration.services) {
    errors.collect([&] {
      const ReporterKind& kind = kind_of_call(kinds, call);
      const Arguments args = Arguments::bind(kind.schema, call);
      learn_secrets(kind.schema, args, redactor);
      pipeline::RosterEntry entry;
      entry.name = unique_name(args, taken);
      entry.rule = kind.rule(args);
      entry.reporter = kind.make(args, environment);
      entry.rule.audience = chat::audience_of(*entry.reporter);
      if (!entry.rule.audience) entry.reporter = filtered(std::move(entry.reporter), args.self());
      entry.fingerprint = args.class_name() + " " + args.fingerprint() + " " + configuration.title + " " +
                          configuration.buildbot_url;
      roster->entries.push_back(std::move(entry));
    });
  }
  return roster;
}

SourceEntry make_source(const Call& call, const source::Environment& environment, Redactor& redactor) {
  SourceEntry entry;
  for (const SourceKind& kind : source_kinds()) {
    if (kind.schema.name != call.class_name) continue;
    const Arguments args = Arguments::bind(kind.schema, call);
    learn_secrets(kind.schema, args, redactor);
    entry.fingerprint = call.class_name + " " + call.name + " " + args.fingerprint() + " " +
                        environment.default_url + " " + environment.pages.of({});
    entry.source = kind.make(args, environment);
    if (args.has("token")) entry.tokens = args.secrets();
    return entry;
  }
  throw ConfigError(call.where + ": " + call.class_name + " is not a source");
}

}  // namespace

void learn_secrets(const settings::Configuration& configuration, const std::vector<ReporterKind>& kinds,
                   Redactor& redactor) {
  for (const Secret& secret : configuration.secrets)
    redactor.add(secret.reveal());
  std::vector<settings::Schema> schemas = source_schemas();
  for (const ReporterKind& kind : kinds)
    schemas.push_back(kind.schema);
  for (const auto* calls : {&configuration.sources, &configuration.services}) {
    for (const Call& call : *calls) {
      for (const settings::Schema& schema : schemas) {
        if (schema.name != call.class_name) continue;
        Errors nobody_asks;
        nobody_asks.collect([&] { learn_secrets(schema, Arguments::bind(schema, call), redactor); });
      }
    }
  }
}

Assembly assemble(const settings::Configuration& configuration, const std::vector<ReporterKind>& kinds,
                  const chat::Environment& environment, const source::Environment& of_sources,
                  Redactor& redactor) {
  Errors errors;
  Assembly assembly;
  assembly.roster = make_roster(configuration, kinds, environment, errors, redactor);
  std::map<std::string, std::string> places;
  std::map<std::string, const Call*> tokens;
  for (const Call& call : configuration.sources) {
    errors.collect([&] {
      SourceEntry entry = make_source(call, of_sources, redactor);
      const auto [at, is_new] = places.try_emplace(entry.source->name(), call.where);
      if (!is_new) {
        throw ConfigError(call.where + ": the source at " + at->second + " is named '" + at->first +
                          "' too; give one of them a name=");
      }
      if (entry.source->shared_path().empty()) entry.tokens.clear();
      for (const Secret& token : entry.tokens) {
        const auto [known, is_first] = tokens.try_emplace(token.reveal(), &call);
        if (is_first || known->second == &call) continue;
        throw ConfigError(call.where + ": the source at " + known->second->where +
                          " has the same token; give each source a token of its own");
      }
      assembly.sources.push_back(std::move(entry));
    });
  }
  errors.raise_if_any();
  return assembly;
}

}  // namespace carillon::server
