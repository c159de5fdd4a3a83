#include "cli/offline_runtime.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "server/build_pages.hpp"
#include "server/concerns.hpp"
#include "server/load.hpp"
#include "settings/error.hpp"
#include "settings/nearest.hpp"
#include "source/data_api.hpp"
#include "transport/lookups.hpp"

namespace carillon::cli {

OfflineRuntime& OfflineRuntime::make(bool may_ask) {
  return *new OfflineRuntime(may_ask);  // NOLINT(cppcoreguidelines-owning-memory): see the header
}

OfflineRuntime::OfflineRuntime(bool may_ask) {
  std::signal(SIGPIPE, SIG_IGN);
  script::Options options = server::script_options(kinds_);
  options.may_ask = may_ask;
  script_ = script::Script::start(io_.get_executor(), options);
  script_->set_output([this](std::string_view line) { printed_.line(line); });
  http_ = http::make_client(io_.get_executor());
  script_->set_data_source([](std::string, std::string path) -> Task<json::value> {
    co_return rejected("no source is asked here for " + path);
  });
}

const settings::Configuration& OfflineRuntime::read(const std::string& file) {
  try {
    configuration_ = script_->load(file);
  } catch (const settings::ConfigError&) {
    hold_.reset();
    throw;
  }
  for (const Secret& secret : configuration_.secrets)
    redactor_.add(secret.reveal());
  return configuration_;
}

void OfflineRuntime::assemble() {
  net::Lookups::of(io_.get_executor()).allow(net::Networks(configuration_.allowed_networks));
  const auto folder = std::filesystem::temp_directory_path() / ("carillon-" + std::to_string(::getpid()));
  spool_ = std::make_unique<spool::Folder>(io_.get_executor(), folder);
  const chat::Environment environment{{io_.get_executor(),
                                       {configuration_.title, configuration_.buildbot_url},
                                       clock_,
                                       log_,
                                       *http_,
                                       spool_.get()}};
  const source::Environment of_sources{io_.get_executor(),
                                       *http_,
                                       log_,
                                       clock_,
                                       *processes_,
                                       configuration_.buildbot_url,
                                       configuration_.www_port >= 0,
                                       [this] { return static_cast<store::Journal*>(store_.get()); },
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       server::build_pages(configuration_)};
  // Also when it fails: what was printed may say why.
  const auto held = std::move(hold_);
  assembly_ = server::assemble(configuration_, kinds_, environment, of_sources, redactor_);
  server::add_concerns(configuration_, assembly_);
}

void OfflineRuntime::open_database(const server::LedgerPlace& place) {
  database_ = place.db_url.empty() ? server::database_of(configuration_) : server::address_of(place.db_url);
  for (const std::string& secret : database_.secrets())
    redactor_.add(secret);
  has_database_ = store::holds_anything(database_);
  const store::Address opened = has_database_ ? database_ : store::Address();
  store_ = store::open_beside(io_.get_executor(), opened);
  ledger_ = store::open_ledger(opened);
  spool_room_ = std::make_unique<pipeline::SpoolRoom>(*spool_, *store_, log_);
  logs_ = std::make_unique<pipeline::LogFetcher>(*spool_, *spool_room_, clock_, log_);
  script_->set_data_source([this](std::string master, std::string rest) -> Task<json::value> {
    const auto asked = source(master);
    if (asked == nullptr) co_return rejected("there is no source '" + master + "'");
    auto got = co_await asked->ask(rest);
    if (!got) co_return got;
    co_return source::data_of_rest(rest, std::move(*got));
  });
}

void OfflineRuntime::open(const server::LedgerPlace& place) {
  try {
    server::require_file(place);
    read(place.config);
    assemble();
    open_database(place);
  } catch (const settings::ConfigError& error) {
    throw settings::ConfigError(redactor_(error.what()));
  }
}

std::shared_ptr<source::Source> OfflineRuntime::source(std::string_view name) const {
  for (const server::SourceEntry& entry : assembly_.sources) {
    if (entry.source->name() == name) return entry.source;
  }
  return nullptr;
}

OfflineRuntime::Tidy::~Tidy() {
  std::error_code ignored;  // a temporary folder
  std::filesystem::remove_all(folder_, ignored);
}

const pipeline::RosterEntry& OfflineRuntime::reporter(const std::string& name) const {
  std::vector<std::string> names;
  for (const pipeline::RosterEntry& entry : assembly_.roster->entries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  std::string text = "there is no reporter '" + name + "' in " + configuration_.file;
  if (const auto meant = settings::nearest(name, names)) text += "; did you mean '" + *meant + "'?";
  std::string list;
  for (const std::string& one : names)
    list += (list.empty() ? "" : ", ") + one;
  throw settings::ConfigError(text + (list.empty() ? " (it names none)" : " (there are: " + list + ")"));
}

}  // namespace carillon::cli
