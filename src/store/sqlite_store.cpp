#include "store/sqlite_store.hpp"

#include "store/builds.hpp"
#include "store/files.hpp"
#include "store/open_work.hpp"
#include "store/pruning.hpp"
#include "store/rows.hpp"
#include "store/turns.hpp"
#include "store/worker.hpp"
#include "store/writes.hpp"

namespace carillon::store {
namespace {

// Another number after another connection has written.
std::int64_t data_version(Database& db) {
  Statement find = db.prepare("PRAGMA data_version");
  return find.step() ? find.integer(0) : 0;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(asio::any_io_executor io, std::unique_ptr<Database> database, metrics::Registry* metrics)
      : data_version_(data_version(*database)),
        meter_(metrics),
        worker_(std::move(io), std::move(database), meter_) {}

  Task<std::vector<AcceptedEvent>> accept(std::string master, std::vector<NewEvent> events,
                                          json::value cursor, Millis now) override {
    auto shared = std::make_shared<const std::vector<NewEvent>>(std::move(events));
    std::function<std::vector<AcceptedEvent>(Database&)> work =
        [master = std::move(master), shared, cursor = std::move(cursor), now](Database& db) {
          std::vector<AcceptedEvent> accepted;
          accepted.reserve(shared->size());
          for (const NewEvent& event : *shared)
            accepted.push_back(insert_event(db, event, now));
          store_cursor(db, master, cursor);
          return accepted;
        };
    return worker_.perform(std::move(work));
  }

  Task<json::value> cursor(std::string master) override {
    std::function<json::value(Database&)> work = [master = std::move(master)](Database& db) -> json::value {
      Statement find = db.prepare("SELECT cursor FROM cursors WHERE master = ?");
      if (!find.bind(master).step()) return nullptr;
      return parse_stored(find.text(0));
    };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<PreviousBuild>> previous(std::string master, std::string builder,
                                              std::optional<std::string> branch,
                                              std::int64_t before) override {
    std::function<std::optional<PreviousBuild>(Database&)> work =
        [master = std::move(master), builder = std::move(builder), branch = std::move(branch),
         before](Database& db) { return previous_build(db, master, builder, branch, before); };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<Event>> event(RowId row) override {
    std::function<std::optional<Event>(Database&)> work = [row](Database& db) -> std::optional<Event> {
      Statement find = db.prepare("SELECT master, key, occurrence, at, body FROM events WHERE id = ?");
      if (!find.bind(row).step()) return std::nullopt;
      return read_event(find, 0);
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<BuildsetBuild>> buildset(std::string master, std::int64_t bsid,
                                            std::string occurrence) override {
    std::function<std::vector<BuildsetBuild>(Database&)> work =
        [master = std::move(master), bsid, occurrence = std::move(occurrence)](Database& db) {
          return buildset_builds(db, master, bsid, occurrence);
        };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<std::string>> builders(std::string master) override {
    std::function<std::vector<std::string>(Database&)> work = [master = std::move(master)](Database& db) {
      return builder_names(db, master);
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<KnownBuild>> builds(std::string master, BuildsQuery query) override {
    std::function<std::vector<KnownBuild>(Database&)> work = [master = std::move(master),
                                                              query = std::move(query)](Database& db) {
      return known_builds(db, master, query);
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<Notification>> open_notifications(RowId after, std::size_t limit) override {
    return on_thread<std::vector<Notification>>(
        [after, limit](Database& db) { return read_notifications(db, after, limit, false); });
  }
  Task<std::vector<Notification>> replayed_notifications(RowId after, std::size_t limit) override {
    return on_thread<std::vector<Notification>>(
        [after, limit](Database& db) { return read_notifications(db, after, limit, true); });
  }

  Task<std::vector<ComposedDelivery>> compose(Notification notification, NewDeliveries deliveries,
                                              Millis now) override {
    std::function<std::vector<ComposedDelivery>(Database&)> work =
        [this, notification = std::move(notification), deliveries, now](Database& db) {
          turns_.take(db, notification);
          try {
            db.prepare("DELETE FROM orders WHERE id = ?").bind(notification.id).run();
            std::vector<ComposedDelivery> composed;
            if (db.changes() == 0) return composed;  // dropped by a person meanwhile
            for (const Delivery& delivery : *deliveries)
              composed.push_back(insert_delivery(db, notification, delivery, now));
            return composed;
          } catch (const DatabaseError& error) {
            if (!error.full_or_busy()) turns_.give_up(notification);
            throw;
          }
        };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<SetAside>> set_aside(RowId notification, std::string why, Millis now) override {
    return on_thread<std::optional<SetAside>>([notification, why = std::move(why), now](Database& db) {
      return set_order_aside(db, notification, why, now);
    });
  }

  Task<void> settle(RowId id, Settlement settlement) override {
    std::function<void(Database&)> work = [id, settlement = std::move(settlement)](Database& db) {
      settle_row(db, id, settlement);
    };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<StoredDelivery>> load(RowId id) override {
    std::function<std::optional<StoredDelivery>(Database&)> work = [id](Database& db) {
      return load_delivery(db, id);
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<WaitingDelivery>> waiting() override {
    std::function<std::vector<WaitingDelivery>(Database&)> work = [](Database& db) {
      std::vector<WaitingDelivery> rows;
      Statement find =
          db.prepare("SELECT id, reporter, lane, next_at FROM deliveries WHERE state = 0 ORDER BY id");
      while (find.step()) {
        WaitingDelivery row;
        row.id = find.integer(0);
        row.reporter = find.text(1);
        row.lane = find.text(2);
        row.next_at = find.integer(3);
        rows.push_back(std::move(row));
      }
      return rows;
    };
    return worker_.perform(std::move(work));
  }

  Task<bool> changed_elsewhere() override {
    std::function<bool(Database&)> work = [this](Database& db) {
      const std::int64_t version = data_version(db);
      const bool changed = version != data_version_;
      data_version_ = version;
      return changed;
    };
    return worker_.perform(std::move(work));
  }

  Task<void> set_pause(Pause pause) override {
    std::function<void(Database&)> work = [pause = std::move(pause)](Database& db) {
      db.prepare("DELETE FROM pauses WHERE reporter = ?").bind(pause.reporter).run();
      if (pause.until == 0) return;
      db.prepare("INSERT INTO pauses (reporter, until, why) VALUES (?,?,?)")
          .bind(pause.reporter)
          .bind(pause.until)
          .bind(pause.why)
          .run();
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<Pause>> pauses() override {
    std::function<std::vector<Pause>(Database&)> work = [](Database& db) { return read_pauses(db); };
    return worker_.perform(std::move(work));
  }

  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    std::function<void(Database&)> work = [owner = std::move(owner), key = std::move(key),
                                           text = value.is_null() ? std::string() : json::serialize(value),
                                           now](Database& db) {
      db.prepare("DELETE FROM memory WHERE owner = ? AND key = ?").bind(owner).bind(key).run();
      if (text.empty()) return;
      db.prepare("INSERT INTO memory (owner, key, value, at) VALUES (?,?,?,?)")
          .bind(owner)
          .bind(key)
          .bind(text)
          .bind(now)
          .run();
    };
    return worker_.perform(std::move(work));
  }

  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    std::function<std::map<std::string, json::value>(Database&)> work =
        [owner = std::move(owner), prefix = std::move(prefix)](Database& db) {
          std::map<std::string, json::value> found;
          Statement find =
              db.prepare("SELECT key, value FROM memory WHERE owner = ? AND substr(key, 1, length(?)) = ?");
          find.bind(owner).bind(prefix).bind(prefix);
          while (find.step())
            found.emplace(find.text(0), parse_stored(find.text(1)));
          return found;
        };
    return worker_.perform(std::move(work));
  }

  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    std::function<void(Database&)> work = [owner = std::move(owner), prefix = std::move(prefix),
                                           before](Database& db) {
      db.prepare("DELETE FROM memory WHERE owner = ? AND substr(key, 1, length(?)) = ? AND at < ?")
          .bind(owner)
          .bind(prefix)
          .bind(prefix)
          .bind(before)
          .run();
    };
    return worker_.perform(std::move(work));
  }

  Task<std::vector<OpenWork>> open_work() override {
    return on_thread<std::vector<OpenWork>>(read_open_work);
  }
  Task<bool> has_open_work(std::string reporter) override {
    return on_thread<bool>(
        [reporter = std::move(reporter)](Database& db) { return store::has_open_work(db, reporter); });
  }
  Task<std::vector<Millis>> created(std::vector<RowId> deliveries) override {
    return on_thread<std::vector<Millis>>(
        [deliveries = std::move(deliveries)](Database& db) { return composed_at(db, deliveries); });
  }
  Task<std::vector<FileUse>> file_uses(std::vector<std::string> names) override {
    return on_thread<std::vector<FileUse>>(
        [names = std::move(names)](Database& db) { return store::file_uses(db, names); });
  }
  Task<Pruned> prune(PruneStep step) override {
    return on_thread<Pruned>([step](Database& db) { return prune_step(db, step); });
  }
  Task<bool> shrink() override { return on_thread<bool>(give_back); }
  Task<FileSize> size() override { return on_thread<FileSize>(file_size); }
  Task<void> ping() override {
    return on_thread<void>([](Database&) {});
  }

  std::optional<std::string> trouble() const override { return meter_.trouble(); }

  std::size_t backlog() const override { return worker_.backlog(); }

  void close() override { worker_.stop(); }

 private:
  template <class T>
  Task<T> on_thread(std::function<T(Database&)> work) {
    return worker_.perform(std::move(work));
  }

  std::int64_t data_version_;  // touched by the store's thread only
  Turns turns_;                // likewise
  Meter meter_;
  Worker worker_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite(asio::any_io_executor io, const std::string& path,
                                   metrics::Registry* metrics) {
  auto database = std::make_unique<Database>(path, Database::Access::create);
  database->check_whole(path);
  return std::make_unique<SqliteStore>(std::move(io), std::move(database), metrics);
}

std::unique_ptr<Store> open_beside(asio::any_io_executor io, std::unique_ptr<Database> database) {
  return std::make_unique<SqliteStore>(std::move(io), std::move(database), nullptr);
}

}  // namespace carillon::store
