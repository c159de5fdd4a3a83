#include "app/workshop.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "app/archive.hpp"
#include "app/concerns.hpp"
#include "app/data_api.hpp"
#include "app/load.hpp"
#include "settings/error.hpp"
#include "settings/nearest.hpp"
#include "store/sqlite_store.hpp"
#include "transport/lookups.hpp"

namespace carillon::app {

Workshop& Workshop::make(bool may_ask) {
  return *new Workshop(may_ask);  // NOLINT(cppcoreguidelines-owning-memory): see the header
}

Workshop::Workshop(bool may_ask) {
  std::signal(SIGPIPE, SIG_IGN);
  script::Options options = script_options(kinds_);
  options.may_ask = may_ask;
  script_ = script::Script::start(io_.get_executor(), options);
  script_->set_output([this](std::string_view line) { printed_.line(line); });
  http_ = http::make_client(io_.get_executor());
  script_->set_data_source([](std::string, std::string path) -> Task<json::value> {
    co_return rejected("no master is asked here for " + path);
  });
}

const settings::Configuration& Workshop::read(const std::string& file) {
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

void Workshop::assemble() {
  net::Lookups::of(io_.get_executor()).allow(net::Networks(configuration_.allowed_networks));
  const auto folder = std::filesystem::temp_directory_path() / ("carillon-" + std::to_string(::getpid()));
  spool_ = std::make_unique<spool::Spool>(io_.get_executor(), folder);
  reporter::Environment environment{
      io_.get_executor(), {configuration_.title, configuration_.buildbot_url}, clock_, log_, *http_};
  environment.spool = spool_.get();
  const master::buildbot::Environment buildbot{io_.get_executor(), *http_, log_, clock_, *processes_};
  // Also when it fails: what was printed may say why.
  const auto held = std::move(hold_);
  assembly_ = app::assemble(configuration_, kinds_, environment, buildbot, redactor_);
  add_concerns(configuration_, assembly_);
}

void Workshop::open_database(const LedgerPlace& place) {
  database_ = place.db_url.empty() ? database_of(configuration_) : file_of_url(place.db_url);
  has_database_ = std::filesystem::exists(database_);
  const std::string opened = has_database_ ? database_ : ":memory:";
  const auto access = has_database_ ? store::Database::Access::existing : store::Database::Access::create;
  store_ = store::open_beside(io_.get_executor(), std::make_unique<store::Database>(opened, access));
  ledger_ = std::make_unique<store::Ledger>(std::make_unique<store::Database>(opened, access));
  spool_room_ = std::make_unique<pipeline::SpoolRoom>(*spool_, *store_, log_);
  logs_ = std::make_unique<pipeline::LogFetcher>(*spool_, *spool_room_, clock_, log_);
  for (const MasterEntry& entry : assembly_.masters) {
    asked_.push_back(entry.push ? std::make_shared<Archive>(entry.master, store_) : entry.master);
  }
  script_->set_data_source([this](std::string master, std::string rest) -> Task<json::value> {
    for (const auto& one : asked_) {
      if (one->name() != master) continue;
      auto got = co_await one->get(rest);
      if (!got) co_return got;
      co_return data_of_rest(rest, std::move(*got));
    }
    co_return rejected("there is no master '" + master + "'");
  });
}

void Workshop::open(const LedgerPlace& place) {
  try {
    require_file(place);
    read(place.config);
    assemble();
    open_database(place);
  } catch (const settings::ConfigError& error) {
    throw settings::ConfigError(redactor_(error.what()));
  }
}

std::shared_ptr<master::Master> Workshop::master(std::string_view name) const {
  for (const MasterEntry& entry : assembly_.masters) {
    if (entry.master->name() == name) return entry.master;
  }
  return nullptr;
}

Workshop::Tidy::~Tidy() {
  std::error_code ignored;  // a temporary folder
  std::filesystem::remove_all(folder_, ignored);
}

const pipeline::RosterEntry& Workshop::reporter(const std::string& name) const {
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

}  // namespace carillon::app
