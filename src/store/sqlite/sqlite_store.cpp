#include "store/sqlite/sqlite_store.hpp"

#include <sqlite3.h>

#include "store/sqlite/builds.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/open_work.hpp"
#include "store/sqlite/pruning.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/silences.hpp"
#include "store/sqlite/worker.hpp"
#include "store/sqlite/writes.hpp"
#include "store/turns.hpp"
#include "store/work_feed.hpp"

namespace carillon::store {
namespace {

class SqliteReader final : public FeedReader {
 public:
  // The worker outlives this.
  SqliteReader(Worker& worker, std::int64_t version) : worker_(worker), version_(version) {}

  Task<std::vector<Notification>> read_notifications(RowId after, std::size_t limit) override {
    return read<std::vector<Notification>>([after, limit](Database& db) {
      if (after == 0) forget_changed_notifications(db);
      return open_notifications(db, after, limit);
    });
  }
  Task<std::vector<Notification>> read_notifications_of(std::string reporter, RowId after,
                                                        std::size_t limit) override {
    return read<std::vector<Notification>>([reporter = std::move(reporter), after, limit](Database& db) {
      return open_notifications_of(db, reporter, after, limit);
    });
  }
  Task<std::vector<Notification>> take_changed_notifications(std::size_t limit) override {
    return read<std::vector<Notification>>(
        [limit](Database& db) { return store::take_changed_notifications(db, limit); });
  }
  Task<std::vector<WaitingDelivery>> read_waiting() override {
    return read<std::vector<WaitingDelivery>>([](Database& db) {
      forget_changed_deliveries(db);
      return all_waiting(db);
    });
  }
  Task<DeliveryWork> take_changed_deliveries() override {
    return read<DeliveryWork>(store::take_changed_deliveries);
  }
  Task<bool> changed() override {
    return read<bool>([this](Database& db) {
      const std::int64_t version = data_version(db);
      return std::exchange(version_, version) != version;
    });
  }

 private:
  template <class T, class F>
  Task<T> read(F work) {
    return worker_.perform(std::function<T(Database&)>(std::move(work)));
  }

  Worker& worker_;
  // Touched by the store's thread only.
  std::int64_t version_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(const asio::any_io_executor& io, std::unique_ptr<Database> database,
              const SqliteOptions& options)
      : version_(data_version(*database)),
        meter_(options.metrics),
        worker_(io, std::move(database), meter_),
        reader_(worker_, version_),
        feed_(io, reader_, options.poll) {}

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
    auto accepted = co_await worker_.perform(std::move(work));
    if (!accepted) co_return accepted;
    for (const AcceptedEvent& event : *accepted)
      feed_.stored(event.notifications);
    co_return accepted;
  }

  Task<json::value> cursor(std::string master) override {
    std::function<json::value(Database&)> work = [master = std::move(master)](Database& db) -> json::value {
      Statement find = db.prepare("SELECT cursor FROM cursors WHERE source = ?");
      if (!find.bind(master).step()) return nullptr;
      return parse_stored(find.text(0));
    };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<PreviousBuild>> previous(std::string master, std::string builder,
                                              std::optional<std::string> branch, RunNumber before) override {
    std::function<std::optional<PreviousBuild>(Database&)> work =
        [master = std::move(master), builder = std::move(builder), branch = std::move(branch),
         before](Database& db) { return previous_build(db, master, builder, branch, before); };
    return worker_.perform(std::move(work));
  }

  Task<std::optional<Event>> event(RowId row) override {
    std::function<std::optional<Event>(Database&)> work = [row](Database& db) -> std::optional<Event> {
      Statement find =
          db.prepare("SELECT source, key, occurrence, at, body, untold FROM events WHERE id = ?");
      if (!find.bind(row).step()) return std::nullopt;
      Event event = read_event(find, 0);
      event.untold = find.text(5);
      return event;
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

  Task<NotificationWork> notifications() override { return feed_.notifications(); }
  Task<DeliveryWork> deliveries() override { return feed_.deliveries(); }
  void again(std::vector<std::string> reporters) override { feed_.again(std::move(reporters)); }
  Task<void> look() override { return feed_.look(); }
  std::size_t pending() const override { return feed_.pending(); }

  Task<std::optional<Notification>> open_notification(RowId id) override {
    return on_thread<std::optional<Notification>>(
        [id](Database& db) { return store::open_notification(db, id); });
  }

  Task<Composed> compose(Notification notification, NewDeliveries deliveries, Millis now) override {
    std::function<Composed(Database&)> work = [this, notification, deliveries, now](Database& db) {
      take_turn(db, notification);
      try {
        db.prepare("DELETE FROM notifications WHERE id = ?").bind(notification.id).run();
        Composed composed;
        if (db.changes() == 0) {
          composed.taken = Taken::changed;
          return composed;
        }
        for (const Delivery& delivery : *deliveries)
          composed.deliveries.push_back(insert_delivery(db, notification, delivery, now));
        return composed;
      } catch (const DatabaseError& error) {
        if (!error.full_or_busy()) turns_.over(notification, notification.id);
        throw;
      }
    };
    auto composed = co_await worker_.perform(std::move(work));
    if (composed) feed_.stored(notification, deliveries, *composed, now);
    co_return composed;
  }

  Task<std::optional<SetAside>> set_aside(RowId notification, std::string why, Millis now) override {
    return on_thread<std::optional<SetAside>>([notification, why = std::move(why), now](Database& db) {
      return set_notification_aside(db, notification, why, now);
    });
  }

  Task<Taken> settle(RowId id, Settlement settlement) override {
    return on_thread<Taken>(
        [id, settlement = std::move(settlement)](Database& db) { return settle_row(db, id, settlement); });
  }

  Task<std::optional<StoredDelivery>> load(RowId id) override {
    std::function<std::optional<StoredDelivery>(Database&)> work = [id](Database& db) {
      return load_delivery(db, id);
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

  Task<std::vector<Silence>> silences() override { return on_thread<std::vector<Silence>>(read_silences); }
  Task<void> silences_changed(std::chrono::milliseconds most) override {
    return feed_.silences_changed(most);
  }
  Task<void> close_silence(RowId id, std::vector<std::string> reporters, Millis now) override {
    auto made = co_await on_thread<std::vector<Notification>>(
        [id, reporters = std::move(reporters), now](Database& db) {
          return store::close_silence(db, id, reporters, now);
        });
    if (!made) co_return failed(made);
    feed_.stored(std::move(*made));
    co_return ok();
  }
  Task<std::optional<HeldBack>> held_back(RowId silence, std::string reporter, std::string source,
                                          std::string builder) override {
    return on_thread<std::optional<HeldBack>>(
        [silence, reporter = std::move(reporter), source = std::move(source), builder = std::move(builder)](
            Database& db) { return find_held_back(db, silence, reporter, source, builder); });
  }
  Task<std::size_t> forget_silences(Millis before) override {
    return on_thread<std::size_t>([before](Database& db) { return store::forget_silences(db, before); });
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

  void close() override {
    feed_.close();
    worker_.stop();
  }

 private:
  template <class T>
  Task<T> on_thread(std::function<T(Database&)> work) {
    return worker_.perform(std::move(work));
  }

  // Inside of the notification's transaction. Throws DatabaseError (busy: again later) while an earlier one
  // of the same reporter and builder, which was tried, is still open.
  void take_turn(Database& db, const Notification& notification) {
    for (const RowId earlier : turns_.before(notification)) {
      if (is_open(db, earlier))
        throw DatabaseError(SQLITE_BUSY, "an earlier report of this builder is not stored yet");
      turns_.over(notification, earlier);
    }
    turns_.take(notification);
  }

  std::int64_t version_;  // of the data at the start
  Turns turns_;           // touched by the store's thread only
  Meter meter_;
  Worker worker_;
  SqliteReader reader_;
  WorkFeed feed_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite(const asio::any_io_executor& io, const std::string& path,
                                   const SqliteOptions& options) {
  auto database = std::make_unique<Database>(path, Database::Access::create);
  database->check_whole(path);
  return std::make_unique<SqliteStore>(io, std::move(database), options);
}

std::unique_ptr<Store> open_beside(const asio::any_io_executor& io, std::unique_ptr<Database> database) {
  return std::make_unique<SqliteStore>(io, std::move(database), SqliteOptions());
}

}  // namespace carillon::store
