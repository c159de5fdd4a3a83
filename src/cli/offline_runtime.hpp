// What the server is made of, for a command that runs none: the configuration's reporters and sources, and
// the database.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/details.hpp"
#include "pipeline/log_fetcher.hpp"
#include "pipeline/spool_room.hpp"
#include "script/script.hpp"
#include "server/assembly.hpp"
#include "server/ledger_place.hpp"
#include "server/printed.hpp"
#include "spool/folder.hpp"
#include "store/open.hpp"

namespace carillon::cli {

class OfflineRuntime {
 public:
  // Lives until the process ends: Python still calls into it. Whoever makes one reads its configuration next.
  // may_ask: whether reporters of the configuration may ask other servers while they word a report.
  static OfflineRuntime& make(bool may_ask = true);

  // Reads the file; its secrets are known to the redactor from here on. Throws settings::ConfigError.
  const settings::Configuration& read(const std::string& file);
  // Makes the reporters and sources, once it is read; adds to the configuration's warnings. Throws
  // settings::ConfigError.
  void assemble();

  // Opens the database, or, where there is none yet, one in memory that is empty. Callbacks of the
  // configuration may then ask the sources. Throws settings::ConfigError or store::Error.
  void open_database(const server::LedgerPlace& place);
  // read(), assemble() and open_database(); errors show no secret.
  void open(const server::LedgerPlace& place);

  const settings::Configuration& configuration() const { return configuration_; }

  // Of assemble().
  const pipeline::Roster& roster() const { return *assembly_.roster; }
  const std::vector<server::SourceEntry>& sources() const { return assembly_.sources; }
  const pipeline::FindSource& find_source() const { return find_source_; }
  // Throws settings::ConfigError that names the reporters there are.
  const pipeline::RosterEntry& reporter(const std::string& name) const;

  // Of open_database().
  store::Store& store() { return *store_; }
  pipeline::DetailSources detail_sources() { return {find_source_, *store_, *logs_}; }
  store::Ledger& ledger() { return *ledger_; }
  const store::Address& database() const { return database_; }
  bool has_database() const { return has_database_; }

  // Removes the files of long logs when it goes.
  class Tidy {
   public:
    explicit Tidy(const OfflineRuntime& runtime) : folder_(runtime.spool_->folder()) {}
    ~Tidy();
    Tidy(const Tidy&) = delete;
    Tidy& operator=(const Tidy&) = delete;

   private:
    std::filesystem::path folder_;
  };

  const Clock& clock() const { return clock_; }
  script::Script& script() { return *script_; }
  std::string redacted(std::string_view text) const { return redactor_(text); }

  // Runs it to its end; what it throws is thrown here.
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failed;
    auto guard = asio::make_work_guard(io_);
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
      failed = std::move(error);
      if (!failed) result.emplace(std::move(value));
      io_.stop();
    });
    io_.restart();
    io_.run();
    if (failed) std::rethrow_exception(failed);
    return std::move(*result);
  }

 private:
  explicit OfflineRuntime(bool may_ask);
  std::shared_ptr<source::Source> source(std::string_view name) const;

  asio::io_context io_{1};
  SystemClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::warning, redactor_};
  server::Printed printed_{[this](std::string_view line) { server::print_redacted(redactor_, line); }};
  // Until the secrets are known.
  std::unique_ptr<server::Printed::Hold> hold_ = std::make_unique<server::Printed::Hold>(printed_);
  std::vector<server::ReporterKind> kinds_ = server::reporter_kinds();
  std::unique_ptr<script::Script> script_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<process::Runner> processes_ = process::make_runner();
  settings::Configuration configuration_;
  server::Assembly assembly_;
  // In a temporary folder.
  std::unique_ptr<spool::Folder> spool_;
  store::Address database_;
  bool has_database_ = false;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Ledger> ledger_;
  std::unique_ptr<pipeline::SpoolRoom> spool_room_;
  std::unique_ptr<pipeline::LogFetcher> logs_;
  pipeline::FindSource find_source_ = [this](std::string_view name) { return source(name); };
};

}  // namespace carillon::cli
