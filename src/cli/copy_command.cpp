#include "cli/copy_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>

#include "base/json.hpp"
#include "base/terminal.hpp"
#include "base/text.hpp"
#include "cli/progress_line.hpp"
#include "cli/run_task.hpp"
#include "server/control.hpp"
#include "server/ledger_place.hpp"
#include "server/load.hpp"
#include "server/spool_place.hpp"
#include "spool/copy.hpp"
#include "store/copy.hpp"
#include "transport/http.hpp"

namespace carillon::cli {
namespace {

// While it is there no server begins with the file. Of a PostgreSQL database the store sees to that.
std::unique_ptr<server::InstanceLock> lock_of(const store::Address& database) {
  if (!database.is_file()) return nullptr;
  auto lock = std::make_unique<server::InstanceLock>(database.beside());
  if (lock->held()) return lock;
  throw std::runtime_error("cannot lock " + database.shown() +
                           ", so that a server might be running with it: its folder must be there and "
                           "writable, on a file system with locks");
}

class Progress {
 public:
  explicit Progress(bool silent) : silent_(silent) {}
  void show(const store::CopiedTable& table, std::size_t done, std::size_t all) {
    if (table.name != table_) line_.emplace("rows of " + std::string(table.name), all, silent_);
    table_ = table.name;
    if (all > 0) line_->show(done);
  }
  void end() { line_.reset(); }

 private:
  bool silent_;
  std::string_view table_;
  std::optional<ProgressLine> line_;
};

struct CopiedLogs {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  // Of which there was no file.
  std::vector<std::string> missing;
};

using LogNames = std::set<std::pair<std::string, std::uint64_t>>;

Task<CopiedLogs> copy_files(spool::Spool& from, spool::Spool& to, const LogNames& files, bool silent) {
  CopiedLogs copied;
  ProgressLine progress("long logs", files.size(), silent);
  for (const auto& [name, size] : files) {
    auto done = co_await spool::copy_file(from, to, name, size);
    if (!done) co_return failed(done);
    if (*done) {
      ++copied.count;
      copied.bytes += size;
    } else {
      copied.missing.push_back(name);
    }
    progress.show(copied.count + copied.missing.size());
  }
  co_return copied;
}

// Of both sides.
struct LogPlaces {
  settings::SpoolPlace from, to;
};

// side: "from" or "to". Throws settings::ConfigError.
settings::SpoolPlace place_of(const std::string& side, const std::string& dir, const std::string& config) {
  const std::string option = "--" + side + (config.empty() ? "-dir" : "-config");
  settings::SpoolPlace place{.dir = dir};
  if (!config.empty()) place = server::load_configuration(config).spool;
  server::require_spool_folder(place.dir, option);
  return place;
}

// They are durable before a row names them.
CopiedLogs copy_logs(const LogPlaces& places, bool silent, const store::Address& from,
                     const store::Address& to, const LogNames& files) {
  if (files.empty()) return {};
  asio::io_context io;
  const auto http = http::make_client(io.get_executor());
  const auto source = server::open_spool(io.get_executor(), *http, from, places.from);
  const auto target = server::open_spool(io.get_executor(), *http, to, places.to);
  auto copied = run_task(io, copy_files(*source, *target, files, silent));
  if (!copied) throw std::runtime_error("long logs: " + copied.error().what);
  return std::move(*copied);
}

void refuse_texts(const store::CopyReport& report, const store::Address& to) {
  std::cerr << printable_lines("carillon: " + counted(report.unkept_count, "text") + " cannot be kept in " +
                               to.shown() + " as they are:");
  for (const store::Unkept& one : report.unkept)
    std::cerr << printable_lines(one.where + " " + one.why, "  ");
  if (report.unkept_count > report.unkept.size())
    std::cerr << "  and " << report.unkept_count - report.unkept.size() << " more\n";
  std::cerr << "nothing was copied. With --replace-texts a NUL and what is no UTF-8 become U+FFFD, and names "
               "longer than 640 bytes are cut and end with a digest, as a server there would keep them\n";
}

json::object as_json(const store::CopyReport& report, const CopiedLogs& logs) {
  json::array tables;
  for (const store::CopiedCount& one : report.tables)
    tables.push_back(json::object{{"table", one.table}, {"rows", one.rows}, {"checksum", one.checksum}});
  json::array texts;
  for (const store::Unkept& one : report.unkept)
    texts.push_back(json::object{{"where", one.where}, {"why", one.why}});
  json::array missing;
  for (const std::string& name : logs.missing)
    missing.push_back(json::value(name));
  json::object files{{"count", logs.count}, {"bytes", logs.bytes}, {"missing", std::move(missing)}};
  return {{"tables", std::move(tables)},
          {"long_logs", std::move(files)},
          {"replaced", report.unkept_count},
          {"replaced_first", std::move(texts)}};
}

void print(const store::CopyReport& report, const CopiedLogs& logs, const LogPlaces& places,
           const store::Address& from, const store::Address& to, std::chrono::milliseconds took) {
  constexpr int name_width = 15;
  constexpr int rows_width = 10;
  std::int64_t rows = 0;
  std::cout << "table                rows  checksum of both sides\n";
  for (const store::CopiedCount& one : report.tables) {
    std::string name = one.table;
    name.resize(name_width, ' ');
    const std::string count = std::to_string(one.rows);
    const int blank = std::max(0, rows_width - static_cast<int>(count.size()));
    std::cout << name << std::string(static_cast<std::size_t>(blank), ' ') << count << "  " << one.checksum
              << "\n";
    rows += one.rows;
  }
  std::cout << "\n"
            << printable_lines("copied " + counted(static_cast<std::uint64_t>(rows), "row") + " and " +
                               counted(logs.count, "long log") + " (" + megabytes(logs.bytes) + ") from " +
                               from.shown() + " to " + to.shown() + " in " +
                               std::to_string(took.count() / 1000) + "." +
                               std::to_string(took.count() / 100 % 10) + " s");
  if (logs.count > 0)
    std::cout << printable_lines("the long logs are in " + server::shown_spool(to, places.to));
  if (report.unkept_count > 0) {
    std::cout << counted(report.unkept_count, "text") << " had to be changed, the first ones:\n";
    for (const store::Unkept& one : report.unkept)
      std::cout << printable_lines(one.where + " " + one.why, "  ");
  }
  if (!logs.missing.empty()) {
    std::cout << printable_lines(
        counted(logs.missing.size(), "long log") +
        " that deliveries name were no longer there: these go out without them, if they are sent (again)" +
        (places.from == settings::SpoolPlace()
             ? ". Where c['spool'] names a folder or a bucket, say so: --from-dir, --from-config"
             : ""));
  }
  std::cout << printable_lines("next: name " + to.shown() +
                               " in c['db'], and start Carillon. Never start it with " + from.shown() +
                               " again: what waits is in both now, and would be sent twice");
}

}  // namespace

int copy_db(const CopyOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  const store::Address from = server::address_of(options.from, "FROM");
  const store::Address to = server::address_of(options.to, "TO");
  server::require_database(from);
  if (from.beside() == to.beside() && from.url() == to.url())
    throw std::runtime_error("FROM and TO are the same database");
  const LogPlaces places{place_of("from", options.from_dir, options.from_config),
                         place_of("to", options.to_dir, options.to_config)};
  // Held longer than the databases are open: a lock of SQLite's ends with it.
  const auto from_lock = lock_of(from);
  const auto to_lock = lock_of(to);
  store::StoreCopy copy(from, to);
  Progress progress(options.json);
  const store::CopyReport report =
      copy.run([&progress](const store::CopiedTable& table, std::size_t done, std::size_t all) {
        progress.show(table, done, all);
      });
  progress.end();
  if (report.unkept_count > 0 && !options.replace_texts) {
    refuse_texts(report, to);
    return 1;
  }
  const CopiedLogs logs = copy_logs(places, options.json, from, to, report.files);
  copy.commit();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  if (options.json) {
    std::cout << json::serialize(as_json(report, logs)) << "\n";
  } else {
    print(report, logs, places, from, to, took);
  }
  return 0;
}

void add_copy(CLI::App& app, std::function<int()>& chosen) {
  const auto given = std::make_shared<CopyOptions>();
  CLI::App* command = app.add_subcommand(
      "copy-db", "Copy all that a database keeps into an empty one of another kind, while no server runs");
  const std::string urls(store::known_urls);
  command->add_option("FROM", given->from, "the database that is copied: " + urls)->required();
  command->add_option("TO", given->to, "the database that gets it: likewise")->required();
  command->add_flag(
      "--replace-texts", given->replace_texts,
      "change texts that TO cannot keep (a NUL, bytes that are no UTF-8), and say which; without "
      "it nothing is copied then");
  CLI::Option* from_dir = command->add_option(
      "--from-dir", given->from_dir,
      "the folder that c['spool'] = {'dir': ...} names beside FROM: long logs come from there");
  CLI::Option* to_dir = command->add_option("--to-dir", given->to_dir, "the same beside TO: they go there");
  command
      ->add_option("--from-config", given->from_config,
                   "a configuration whose c['spool'] counts beside FROM, as that of a bucket")
      ->excludes(from_dir);
  command->add_option("--to-config", given->to_config, "the same beside TO")->excludes(to_dir);
  command->add_flag("--json", given->json, "print JSON for programs");
  command->callback([given, &chosen] { chosen = [given] { return copy_db(*given); }; });
}

}  // namespace carillon::cli
