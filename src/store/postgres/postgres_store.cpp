#include "store/postgres/postgres_store.hpp"

#include <boost/asio/co_spawn.hpp>

#include "store/postgres/changes.hpp"
#include "store/postgres/deeds.hpp"
#include "store/postgres/lease_keeper.hpp"
#include "store/postgres/reads.hpp"
#include "store/postgres/worker.hpp"
#include "store/work_feed.hpp"

namespace carillon::store::postgres {
namespace {

// Calls of the store's thread.
class Calls {
 public:
  // The worker outlives this.
  explicit Calls(Worker& worker) : worker_(worker) {}

  template <class T>
  Task<T> read(std::function<T(Connection&)> work) {
    return perform<T>(Job::Kind::read, std::move(work));
  }
  template <class T>
  Task<T> beat(std::function<T(Connection&)> work) {
    return perform<T>(Job::Kind::beat, std::move(work));
  }
  template <class T>
  Task<T> write(std::function<T(Connection&)> work) {
    return perform<T>(Job::Kind::write, std::move(work));
  }

 private:
  template <class T>
  Task<T> perform(Job::Kind kind, std::function<T(Connection&)> work) {
    std::unique_ptr<JobOf<T>> job = std::make_unique<CallJob<T>>(kind, std::move(work));
    return worker_.perform(std::move(job));
  }

  Worker& worker_;
};

class PostgresReader final : public FeedReader {
 public:
  explicit PostgresReader(Worker& worker) : calls_(worker) {}

  Task<std::vector<Notification>> read_notifications(RowId after, std::size_t limit) override {
    if (after != 0) {
      return calls_.read<std::vector<Notification>>(
          [after, limit](Connection& db) { return open_notifications(db, after, limit); });
    }
    return calls_.write<std::vector<Notification>>([limit](Connection& db) {
      forget_changed_notifications(db);
      return open_notifications(db, 0, limit);
    });
  }
  Task<std::vector<Notification>> read_notifications_of(std::string reporter, RowId after,
                                                        std::size_t limit) override {
    return calls_.read<std::vector<Notification>>(
        [reporter = std::move(reporter), after, limit](Connection& db) {
          return open_notifications_of(db, reporter, after, limit);
        });
  }
  Task<std::vector<Notification>> take_changed_notifications(std::size_t limit) override {
    return calls_.write<std::vector<Notification>>(
        [limit](Connection& db) { return postgres::take_changed_notifications(db, limit); });
  }
  Task<std::vector<WaitingDelivery>> read_waiting() override {
    return calls_.write<std::vector<WaitingDelivery>>([](Connection& db) {
      forget_changed_deliveries(db);
      return all_waiting(db);
    });
  }
  Task<DeliveryWork> take_changed_deliveries() override {
    return calls_.write<DeliveryWork>(postgres::take_changed_deliveries);
  }
  Task<bool> changed() override { return calls_.read<bool>(has_changes); }

 private:
  Calls calls_;
};

class PostgresStore final : public Store {
 public:
  PostgresStore(const asio::any_io_executor& io, std::unique_ptr<Connection> first, Worker::Connect connect,
                const Options& options)
      : meter_(options.metrics),
        worker_(io, std::move(first), std::move(connect), options.serves ? "server" : "people", meter_),
        calls_(worker_),
        reader_(worker_),
        feed_(io, reader_, options.poll) {}

  // From now on it is one of several nodes.
  void keep(const asio::any_io_executor& io, std::int64_t node, LeaseTime since,
            std::chrono::milliseconds lease) {
    lease_ = std::make_shared<LeaseKeeper>(io, node, since, lease, [this, node] {
      // Written without a note for readers: they need not look again for it.
      return calls_.beat<LeaseKeeper::Beaten>([node](Connection& db) { return beat_of(db, node); });
    });
    asio::co_spawn(io, LeaseKeeper::run(lease_), or_end);
  }

  Task<std::vector<AcceptedEvent>> accept(std::string source, std::vector<NewEvent> events,
                                          json::value cursor, Millis now) override {
    auto job = std::make_unique<AcceptJob>();
    job->source = std::move(source);
    job->events = std::move(events);
    job->cursor = std::move(cursor);
    job->now = now;
    std::unique_ptr<JobOf<std::vector<AcceptedEvent>>> handed = std::move(job);
    auto accepted = co_await worker_.perform(std::move(handed));
    if (!accepted) co_return accepted;
    for (const AcceptedEvent& event : *accepted)
      feed_.stored(event.notifications);
    co_return accepted;
  }
  Task<json::value> cursor(std::string source) override {
    return calls_.read<json::value>(
        [source = std::move(source)](Connection& db) { return read_cursor(db, source); });
  }
  Task<std::optional<PreviousBuild>> previous(std::string source, std::string builder,
                                              std::optional<std::string> branch, RunNumber before) override {
    return calls_.read<std::optional<PreviousBuild>>(
        [source = std::move(source), builder = std::move(builder), branch = std::move(branch),
         before](Connection& db) { return previous_build(db, source, builder, branch, before); });
  }
  Task<std::optional<Event>> event(RowId row) override {
    return calls_.read<std::optional<Event>>([row](Connection& db) { return read_event_row(db, row); });
  }
  Task<std::vector<BuildsetBuild>> buildset(std::string source, std::int64_t bsid,
                                            std::string occurrence) override {
    return calls_.read<std::vector<BuildsetBuild>>(
        [source = std::move(source), bsid, occurrence = std::move(occurrence)](Connection& db) {
          return buildset_builds(db, source, bsid, occurrence);
        });
  }
  Task<std::vector<std::string>> builders(std::string source) override {
    return calls_.read<std::vector<std::string>>(
        [source = std::move(source)](Connection& db) { return builder_names(db, source); });
  }
  Task<std::vector<KnownBuild>> builds(std::string source, BuildsQuery query) override {
    return calls_.read<std::vector<KnownBuild>>(
        [source = std::move(source), query = std::move(query)](Connection& db) {
          return known_builds(db, source, query);
        });
  }

  Task<NotificationWork> notifications() override { return feed_.notifications(); }
  Task<DeliveryWork> deliveries() override { return feed_.deliveries(); }
  void again(std::vector<std::string> reporters) override { feed_.again(std::move(reporters)); }
  Task<void> look() override { return feed_.look(); }
  std::size_t pending() const override { return feed_.pending(); }

  Task<std::optional<Notification>> open_notification(RowId id) override {
    return calls_.read<std::optional<Notification>>(
        [id](Connection& db) { return postgres::open_notification(db, id); });
  }
  Task<Composed> compose(Notification notification, NewDeliveries deliveries, Millis now) override {
    auto job = std::make_unique<ComposeJob>();
    job->notification = notification;
    job->deliveries = deliveries;
    job->now = now;
    std::unique_ptr<JobOf<Composed>> handed = std::move(job);
    auto composed = co_await worker_.perform(std::move(handed));
    if (composed) feed_.stored(notification, deliveries, *composed, now);
    co_return composed;
  }
  Task<std::optional<SetAside>> set_aside(RowId notification, std::string why, Millis now) override {
    return calls_.write<std::optional<SetAside>>([notification, why = std::move(why), now](Connection& db) {
      return set_notification_aside(db, notification, why, now);
    });
  }
  Task<Taken> settle(RowId id, Settlement settlement) override {
    auto job = std::make_unique<SettleJob>();
    job->id = id;
    job->end = std::move(settlement);
    std::unique_ptr<JobOf<Taken>> handed = std::move(job);
    return worker_.perform(std::move(handed));
  }
  Task<std::optional<StoredDelivery>> load(RowId id) override {
    auto job = std::make_unique<LoadJob>();
    job->id = id;
    std::unique_ptr<JobOf<std::optional<StoredDelivery>>> handed = std::move(job);
    return worker_.perform(std::move(handed));
  }
  Task<void> set_pause(Pause pause) override {
    return calls_.write<void>([pause = std::move(pause)](Connection& db) {
      if (pause.until == 0) {
        db.send("DELETE FROM pauses WHERE reporter = $1", of_key(pause.reporter));
        return;
      }
      db.send(R"sql(
          INSERT INTO pauses (reporter, until, why) VALUES ($1, $2, $3)
          ON CONFLICT (reporter) DO UPDATE SET until = excluded.until, why = excluded.why)sql",
              std::move(Parameters().key(pause.reporter).add(pause.until).text(pause.why)));
    });
  }
  Task<std::vector<Pause>> pauses() override { return calls_.read<std::vector<Pause>>(read_pauses); }
  Task<std::vector<OpenWork>> open_work() override {
    return calls_.read<std::vector<OpenWork>>(read_open_work);
  }
  Task<bool> has_open_work(std::string reporter) override {
    return calls_.read<bool>(
        [reporter = std::move(reporter)](Connection& db) { return postgres::has_open_work(db, reporter); });
  }
  Task<std::vector<Millis>> created(std::vector<RowId> deliveries) override {
    return calls_.read<std::vector<Millis>>(
        [deliveries = std::move(deliveries)](Connection& db) { return composed_at(db, deliveries); });
  }

  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    if (value.is_null()) {
      return calls_.write<void>([owner = std::move(owner), key = std::move(key)](Connection& db) {
        db.send("DELETE FROM memory WHERE owner = $1 AND key = $2",
                std::move(Parameters().key(owner).key(key)));
      });
    }
    return calls_.write<void>(
        [owner = std::move(owner), key = std::move(key), text = json::serialize(value), now](Connection& db) {
          db.send(R"sql(
          INSERT INTO memory (owner, key, value, at) VALUES ($1, $2, $3, $4)
          ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value, at = excluded.at)sql",
                  std::move(Parameters().key(owner).key(key).text(text).add(now)));
        });
  }
  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    return calls_.read<std::map<std::string, json::value>>([owner = std::move(owner),
                                                            prefix = std::move(prefix)](Connection& db) {
      std::map<std::string, json::value> found;
      for (const Row row : db.query("SELECT key, value FROM memory WHERE owner = $1 AND starts_with(key, $2)",
                                    std::move(Parameters().key(owner).text(prefix))))
        found.emplace(row.text(0), parse_stored(row.text(1)));
      return found;
    });
  }
  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    return calls_.write<void>([owner = std::move(owner), prefix = std::move(prefix), before](Connection& db) {
      db.send("DELETE FROM memory WHERE owner = $1 AND starts_with(key, $2) AND at < $3",
              std::move(Parameters().key(owner).text(prefix).add(before)));
    });
  }

  Task<std::vector<FileUse>> file_uses(std::vector<std::string> names) override {
    return calls_.read<std::vector<FileUse>>(
        [names = std::move(names)](Connection& db) { return postgres::file_uses(db, names); });
  }

  Task<std::vector<Silence>> silences() override { return calls_.read<std::vector<Silence>>(read_silences); }
  Task<void> silences_changed(std::chrono::milliseconds most) override {
    return feed_.silences_changed(most);
  }
  Task<void> close_silence(RowId id, std::vector<std::string> reporters, Millis now) override {
    auto made = co_await calls_.write<std::vector<Notification>>(
        [id, reporters = std::move(reporters), now](Connection& db) {
          return postgres::close_silence(db, id, reporters, now);
        });
    if (!made) co_return failed(made);
    feed_.stored(std::move(*made));
    co_return ok();
  }
  Task<std::optional<HeldBack>> held_back(RowId silence, std::string reporter, std::string source,
                                          std::string builder) override {
    return calls_.read<std::optional<HeldBack>>(
        [silence, reporter = std::move(reporter), source = std::move(source), builder = std::move(builder)](
            Connection& db) { return find_held_back(db, silence, reporter, source, builder); });
  }
  Task<std::size_t> forget_silences(Millis before) override {
    return calls_.write<std::size_t>(
        [before](Connection& db) { return postgres::forget_silences(db, before); });
  }

  Task<Pruned> prune(PruneStep step) override {
    return calls_.write<Pruned>([step](Connection& db) { return prune_step(db, step); });
  }
  // PostgreSQL uses what is free again by itself.
  Task<bool> shrink() override { co_return false; }
  Task<FileSize> size() override { return calls_.read<FileSize>(stored_size); }
  Task<void> ping() override {
    return calls_.read<void>([](Connection& db) { db.query("SELECT 1"); });
  }
  std::optional<std::string> trouble() const override { return meter_.trouble(); }
  std::size_t backlog() const override { return worker_.backlog(); }

  // With trouble nothing that is sent can be settled, so it would be sent again by whoever comes.
  bool may_act() const override { return !lease_ || (lease_now() < lease_->until() && !meter_.trouble()); }
  const Lease* lease() const override { return lease_.get(); }

  void close() override {
    if (lease_) lease_->stop();
    feed_.close();
    if (!lease_) {
      worker_.stop();
      return;
    }
    worker_.stop([node = lease_->self()](Connection& db) { remove_node(db, node); });
  }

 private:
  Meter meter_;
  Worker worker_;
  Calls calls_;
  PostgresReader reader_;
  WorkFeed feed_;
  // Null: it is no node among several.
  std::shared_ptr<LeaseKeeper> lease_;
};

}  // namespace

std::unique_ptr<Store> open_postgres(const asio::any_io_executor& io, const Place& place,
                                     const Options& options) {
  if (!options.serves) {
    return std::make_unique<PostgresStore>(
        io, connect_beside(place), [place] { return connect_beside(place); }, options);
  }
  const auto tenure = std::make_shared<Tenure>(place);
  auto first = tenure->connect();
  return std::make_unique<PostgresStore>(
      io, std::move(first), [tenure] { return tenure->connect(); }, options);
}

std::unique_ptr<Store> open_postgres(const asio::any_io_executor& io, PostgresCandidate::Won won,
                                     const Options& options) {
  auto store = std::make_unique<PostgresStore>(
      io, std::move(won.connection), [tenure = won.tenure] { return tenure->connect(); }, options);
  store->keep(io, won.tenure->node(), won.at, won.lease);
  return store;
}

}  // namespace carillon::store::postgres
