#include "store/postgres/log_spool.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "spool/threads.hpp"
#include "store/postgres/session.hpp"

namespace carillon::store::postgres {
namespace {

constexpr std::size_t most_sessions = 2;
constexpr std::chrono::milliseconds longest_work{60000};  // of many logs that are removed at once
constexpr std::size_t piece = std::size_t{256} << 10U;    // bytes of a row
constexpr std::size_t most_held = 8;  // pieces of a file that is being written, before they are stored
// A log beyond that costs the database more than it is worth there: it is written to its log, too, and to
// that of each standby.
constexpr std::uint64_t most_of_a_log = 16'000'000;

Failure failure_of(const PgError& error) {
  Failure failure = to_failure(error);
  if (error.kind() == PgError::Kind::lost) failure.kind = Failure::Kind::unreachable;
  return failure;
}

// Connections that are free; as many as there are threads.
class Sessions {
 public:
  explicit Sessions(Place place) : place_(std::move(place)) {}

  // On a thread that may wait. Where a connection was lost, the work is done once more over a new one: it
  // must be of the kind that can be.
  template <class T>
  Result<T> with(const std::function<T(Connection&)>& work) {
    while (true) {
      std::unique_ptr<Connection> db = take();
      const bool is_new = db == nullptr;
      try {
        if (is_new) db = connect_to_logs();
        if constexpr (std::is_void_v<T>) {
          work(*db);
          give(std::move(db));
          return ok();
        } else {
          T result = work(*db);
          give(std::move(db));
          return result;
        }
      } catch (const PgError& error) {
        const bool lost = error.kind() == PgError::Kind::lost;
        if (!lost && db) give(std::move(db));
        if (!lost || is_new) return failed(failure_of(error));
        forget();  // the others are as old
      }
    }
  }

 private:
  std::unique_ptr<Connection> connect_to_logs() {
    auto db = connect_beside(place_);
    db->limit_silence(longest_work);
    return db;
  }
  std::unique_ptr<Connection> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    std::unique_ptr<Connection> db = std::move(free_.back());
    free_.pop_back();
    return db;
  }
  void give(std::unique_ptr<Connection> db) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(db));
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    free_.clear();
  }

  Place place_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> free_;
};

// Files that are being written here.
class UnderWay {
 public:
  void add(std::int64_t file) {
    const std::lock_guard lock(mutex_);
    files_.insert(file);
  }
  void remove(std::int64_t file) {
    const std::lock_guard lock(mutex_);
    files_.erase(file);
  }
  Column all() const {
    const std::lock_guard lock(mutex_);
    Column column(Type::int8);
    for (const std::int64_t file : files_)
      column.add(file);
    return column;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::int64_t> files_;
};

// What reads, writers and the spool have in common; lives as long as one of them.
struct Shared {
  Shared(const asio::any_io_executor& io, const Place& place) : sessions(place), threads(io, most_sessions) {}
  Sessions sessions;
  UnderWay under_way;
  spool::Threads threads;
};

[[noreturn]] void refuse(const std::string& why) {
  throw PgError(PgError::Kind::other, "", "database: " + why);
}

// A file that is being written, by one job at a time. Each of these can be done again when it was not known
// what came of it.
class Pieces {
 public:
  explicit Pieces(std::string name) : name_(std::move(name)) {}

  // 0: none yet.
  std::int64_t file() const { return file_; }

  void write_at(Connection& db, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto number = static_cast<std::int64_t>(offset / piece);
      const std::size_t at = offset % piece;
      const std::size_t count = std::min(bytes.size(), piece - at);
      held(db, number).replace(at, count, bytes.substr(0, count));
      offset += count;
      bytes.remove_prefix(count);
      last_ = number;
    }
    if (held_.size() <= most_held) return;
    Transaction transaction(db);
    store(db);
    transaction.commit();
    // What comes next goes on in the last one, most likely.
    std::erase_if(held_, [this](const auto& one) { return one.first != last_; });
  }

  void finish(Connection& db, std::uint64_t size) {
    begin(db);
    const auto bytes = static_cast<std::int64_t>(size);
    const bool done = !db.query("SELECT 1 FROM log_files WHERE id = $1 AND size = $2",
                                std::move(Parameters().add(file_).add(bytes)))
                           .empty();
    if (done) return;  // the answer to the commit did not arrive
    const auto count = static_cast<std::int64_t>((size + piece - 1) / piece);
    std::erase_if(held_, [count](const auto& one) { return one.first >= count; });
    for (std::int64_t number = 0; number < count; ++number) {
      const bool is_last = number + 1 == count;
      if (is_last) held(db, number).resize(size - static_cast<std::uint64_t>(number) * piece);
      if (!is_last && !stored_.contains(number)) held(db, number);
    }
    Transaction transaction(db);
    store(db);
    db.send("DELETE FROM log_chunks WHERE file = $1 AND number >= $2",
            std::move(Parameters().add(file_).add(count)));
    db.send("DELETE FROM log_files WHERE name = $2 AND size IS NOT NULL AND id <> $1",
            std::move(Parameters().add(file_).key(name_)));
    db.send("UPDATE log_files SET size = $2 WHERE id = $1", std::move(Parameters().add(file_).add(bytes)));
    transaction.commit();
    held_.clear();
  }

 private:
  void begin(Connection& db) {
    if (file_ != 0) return;
    file_ =
        db.query("INSERT INTO log_files (name) VALUES ($1) RETURNING id", of_key(name_)).front().integer(0);
  }

  // A whole piece, with zeros where nothing was written.
  std::string& held(Connection& db, std::int64_t number) {
    begin(db);
    const auto known = held_.find(number);
    if (known != held_.end()) return known->second;
    std::string bytes;
    if (stored_.contains(number)) {
      const Rows found = db.query("SELECT body FROM log_chunks WHERE file = $1 AND number = $2",
                                  std::move(Parameters().add(file_).add(number)));
      if (found.empty()) refuse("the long log " + name_ + " was removed while it was written");
      bytes = found.front().text(0);
    }
    bytes.resize(piece);
    return held_.emplace(number, std::move(bytes)).first->second;
  }

  // In a transaction. That they are stored counts also where the transaction does not: they are held then.
  void store(Connection& db) {
    Column numbers(Type::int8);
    Column bodies(Type::bytes);
    for (const auto& [number, bytes] : held_) {
      numbers.add(number);
      bodies.add(std::string_view(bytes));
      stored_.insert(number);
    }
    const Rows touched = db.query(
        "UPDATE log_files SET touched = clock_timestamp() WHERE id = $1 AND size IS NULL", of(file_));
    if (touched.changed() != 1) refuse("the long log " + name_ + " was removed while it was written");
    db.send(R"sql(
        INSERT INTO log_chunks (file, number, body) SELECT $1, * FROM unnest($2::bigint[], $3::bytea[])
        ON CONFLICT (file, number) DO UPDATE SET body = excluded.body)sql",
            std::move(Parameters().add(file_).add(numbers).add(bodies)));
  }

  std::string name_;
  std::int64_t file_ = 0;
  std::map<std::int64_t, std::string> held_;
  std::set<std::int64_t> stored_;
  // That was written to last.
  std::int64_t last_ = 0;
};

class LogFile final : public spool::File {
 public:
  LogFile(std::shared_ptr<Shared> shared, std::string name, std::int64_t file, std::uint64_t size)
      : shared_(std::move(shared)), name_(std::move(name)), file_(file), size_(size) {}

  std::uint64_t size() const override { return size_; }

  Task<std::string> read(std::uint64_t offset, std::size_t bytes) const override {
    const std::uint64_t begin = std::min(offset, size_);
    const std::uint64_t end = begin + std::min<std::uint64_t>(bytes, size_ - begin);
    return shared_->threads.perform<std::string>(
        [shared = shared_.get(), name = name_, file = file_, begin, end]() -> Result<std::string> {
          if (begin == end) return std::string();
          auto read = shared->sessions.with<std::string>(
              [&](Connection& db) { return bytes_of_file(db, file, begin, end); });
          if (read && read->size() != end - begin)
            return unreachable("the long log " + name + " was removed from the database while it was read");
          return read;
        });
  }

 private:
  // Fewer where it is gone.
  static std::string bytes_of_file(Connection& db, std::int64_t file, std::uint64_t begin,
                                   std::uint64_t end) {
    std::string out;
    out.reserve(end - begin);
    for (const Row row : db.query(R"sql(
             SELECT substring(body FROM (greatest($2 - number * $4, 0) + 1)::int
               FOR (least($3, (number + 1) * $4) - greatest($2, number * $4))::int)
             FROM log_chunks WHERE file = $1 AND number BETWEEN $2 / $4 AND ($3 - 1) / $4 ORDER BY number)sql",
                                  std::move(Parameters()
                                                .add(file)
                                                .add(static_cast<std::int64_t>(begin))
                                                .add(static_cast<std::int64_t>(end))
                                                .add(static_cast<std::int64_t>(piece)))))
      out += row.view(0);
    return out;
  }

  std::shared_ptr<Shared> shared_;
  std::string name_;
  std::int64_t file_;
  std::uint64_t size_;
};

// What a writer's jobs work on; the last of them to let go removes what was not finished. The shared lives
// longer.
struct Writing {
  Writing(Shared& all, std::string name) : shared(all), pieces(std::move(name)) {}
  ~Writing() {
    if (pieces.file() == 0) return;
    shared.under_way.remove(pieces.file());
    if (finished) return;
    shared.threads.post([&all = shared, file = pieces.file()] {
      // Where this fails it is found as a left-over, later.
      static_cast<void>(all.sessions.with<void>(
          [file](Connection& db) { db.query("DELETE FROM log_files WHERE id = $1", of(file)); }));
    });
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  Shared& shared;
  Pieces pieces;
  bool finished = false;
};

class LogWriter final : public spool::Writer {
 public:
  LogWriter(std::shared_ptr<Shared> shared, const std::string& name)
      : shared_(std::move(shared)), writing_(std::make_shared<Writing>(*shared_, name)) {}

  Task<void> write_at(std::uint64_t offset, std::string bytes) override {
    return perform([offset, bytes = std::move(bytes)](Connection& db, Writing& writing) {
      writing.pieces.write_at(db, offset, bytes);
    });
  }

  Task<void> finish(std::uint64_t size) override {
    return perform([size](Connection& db, Writing& writing) {
      writing.pieces.finish(db, size);
      writing.finished = true;
    });
  }

 private:
  Task<void> perform(std::function<void(Connection&, Writing&)> work) {
    return shared_->threads.perform<void>([writing = writing_, work = std::move(work)]() -> Result<void> {
      auto done = writing->shared.sessions.with<void>([&](Connection& db) { work(db, *writing); });
      if (writing->pieces.file() != 0) writing->shared.under_way.add(writing->pieces.file());
      return done;
    });
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Writing> writing_;
};

class LogSpool final : public spool::Spool {
 public:
  LogSpool(const asio::any_io_executor& io, const Place& place)
      : shared_(std::make_shared<Shared>(io, place)) {}

  std::unique_ptr<spool::Writer> create(const std::string& name) override {
    return std::make_unique<LogWriter>(shared_, name);
  }

  Task<std::shared_ptr<const spool::File>> open(std::string name, std::uint64_t size) override {
    using Found = std::shared_ptr<const spool::File>;
    auto file = co_await perform<std::int64_t>([name, size](Connection& db) -> std::int64_t {
      const Rows found = db.query("SELECT id FROM log_files WHERE name = $1 AND size = $2",
                                  std::move(Parameters().key(name).add(static_cast<std::int64_t>(size))));
      return found.empty() ? 0 : found.front().integer(0);
    });
    if (!file) co_return failed(file);
    if (*file == 0) co_return Found();
    co_return Found(std::make_shared<const LogFile>(shared_, std::move(name), *file, size));
  }

  Task<std::vector<Entry>> entries() override {
    return perform<std::vector<Entry>>([shared = shared_.get()](Connection& db) {
      // A node that stands still may hold the row of what it writes.
      db.send(R"sql(
          DELETE FROM log_files WHERE id IN (SELECT id FROM log_files
          WHERE size IS NULL AND touched < clock_timestamp() - interval '10 minutes' AND id <> ALL ($1::bigint[])
          FOR UPDATE SKIP LOCKED))sql",
              std::move(Parameters().add(shared->under_way.all())));
      std::vector<Entry> entries;
      for (const Row row : db.query("SELECT name, size FROM log_files WHERE size IS NOT NULL"))
        entries.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1))});
      return entries;
    });
  }

  // One by one, so that no transaction is long. Whoever serves no more may have asked before.
  Task<void> remove(std::vector<std::string> names) override {
    return perform<void>([names = std::move(names)](Connection& db) {
      for (const std::string& name : names) {
        db.query(R"sql(
            DELETE FROM log_files WHERE name = $1 AND size IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM files f JOIN deliveries d ON d.id = f.delivery
            WHERE f.name = $1 AND 1 << d.state & {undelivered} <> 0))sql",
                 of_key(name));
      }
    });
  }

  Limit limit() const override {
    return {most_of_a_log,
            "the database keeps " + megabytes(most_of_a_log) +
                " of a log; c['spool'] can name a folder ('dir') or a bucket ('s3'), which keep longer ones"};
  }

 private:
  template <class T>
  Task<T> perform(std::function<T(Connection&)> work) {
    return shared_->threads.perform<T>([shared = shared_.get(), work = std::move(work)]() -> Result<T> {
      return shared->sessions.with<T>(work);
    });
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<spool::Spool> open_log_spool(const asio::any_io_executor& io, const Place& place) {
  return std::make_unique<LogSpool>(io, place);
}

}  // namespace carillon::store::postgres
