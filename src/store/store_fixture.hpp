// What the tests of every store share.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

namespace carillon::store {

using test::run;

// A store that is to keep the promises of conformance_test.cpp.
struct StoreKind {
  std::string name;
  // At a path in a folder of its own; made where there is none.
  std::function<std::unique_ptr<Store>(const asio::any_io_executor&, const std::string& path)> open;
  // most: of a question; 0: any time.
  std::function<std::unique_ptr<Ledger>(const std::string& path, std::chrono::milliseconds most)> ledger;
  // Carries out one statement that every store understands; the numbers in the first column of its answer.
  std::function<std::vector<std::int64_t>(const std::string& path, const std::string& sql)> sql;
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) {
  *out << kind.name;
}

inline NewEvent build_event(int number, Results results, const char* branch = "main", bool finished = true,
                            int attempt = 1) {
  json::object build;
  json::object builder;
  builder["name"] = "linux";
  build["builder"] = builder;
  build["number"] = number;
  if (attempt != 1) build["attempt"] = attempt;
  build["results"] = finished ? json::value(static_cast<int>(results)) : json::value(nullptr);
  json::object buildset;
  buildset["bsid"] = 3;
  json::object stamp;
  stamp["branch"] = branch;
  buildset["sourcestamps"] = json::array{stamp};
  build["buildset"] = buildset;
  Event event;
  event.source = "ci";
  event.key = "builds/" + std::to_string(number) + (attempt != 1 ? "." + std::to_string(attempt) : "") +
              (finished ? "/finished" : "/new");
  event.at = 1000;
  event.body = build;
  NewEvent made;
  made.kind = kind_of(event.key);
  made.facts = facts_of(event.body);
  event.text = std::make_shared<const ObjectText>(event.body);
  made.event = std::make_shared<const Event>(std::move(event));
  return made;
}

// A later try of a build that has ended.
inline NewEvent tried_again(int number, int attempt, Results results, const char* branch = "main") {
  return build_event(number, results, branch, true, attempt);
}

inline NewEvent wanted(NewEvent event, const std::string& reporter,
                       Decision::Outcome outcome = Decision::Outcome::report) {
  ReporterDecision decision;
  decision.reporter = reporter;
  decision.decision.outcome = outcome;
  decision.decision.reason = "test";
  event.decisions.push_back(decision);
  return event;
}

inline Delivery delivery(std::string key, std::string status = "", std::int64_t rank = 0) {
  Delivery made;
  made.key = std::move(key);
  made.lane = "lane";
  made.status = std::move(status);
  made.rank = rank;
  made.target = "t";
  made.summary = "s";
  made.payload = std::string("pay\0load", 8);
  return made;
}

// Asks a store of any kind, which whoever derives from it opens.
class StoreCalls : public testing::Test {
 protected:
  ~StoreCalls() override { store_->close(); }

  std::vector<AcceptedEvent> accept(std::vector<NewEvent> events, json::value cursor = nullptr) {
    return run(io_, store_->accept("ci", std::move(events), std::move(cursor), 5)).value();
  }
  Notification accept_one(int number = 1) {
    std::vector<NewEvent> events;
    events.push_back(wanted(build_event(number, Results::failure), "mail"));
    return accept(std::move(events)).front().notifications.front();
  }
  std::vector<ComposedDelivery> compose(const Notification& notification, std::vector<Delivery> deliveries) {
    return run(io_, store_->compose(notification,
                                    std::make_shared<const std::vector<Delivery>>(std::move(deliveries)), 7))
        .value()
        .deliveries;
  }
  void settle(RowId id, DeliveryState state, std::vector<std::string> settled = {}) {
    Settlement end;
    end.state = state;
    end.at = 9;
    end.next_at = 50;
    end.answer = "answer";
    end.settled = std::move(settled);
    ASSERT_TRUE(run(io_, store_->settle(id, end)));
  }
  StoredDelivery load(RowId id) { return run(io_, store_->load(id)).value().value(); }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.store");
  asio::io_context io_;
  std::unique_ptr<Store> store_;
};

class StoreTest : public StoreCalls, public testing::WithParamInterface<StoreKind> {
 protected:
  StoreTest() { open(); }

  void open() { store_ = GetParam().open(io_.get_executor(), path_); }
  void reopen() {
    store_->close();
    open();
  }
  std::unique_ptr<Ledger> ledger(std::chrono::milliseconds most = {}) {
    return GetParam().ledger(path_, most);
  }
  std::vector<std::int64_t> sql(const std::string& statement) { return GetParam().sql(path_, statement); }
  // What the feed of another process would yield at its start, in the parts that it comes in.
  std::vector<std::vector<Notification>> open_parts() {
    const auto other = GetParam().open(io_.get_executor(), path_);
    EXPECT_TRUE(run(io_, other->deliveries()));
    std::vector<std::vector<Notification>> parts;
    while (true) {
      bool over = false;
      asio::co_spawn(io_, other->notifications(),
                     [&](const std::exception_ptr&, Result<NotificationWork> work) {
                       over = true;
                       if (work && !work->notifications.empty())
                         parts.push_back(std::move(work->notifications));
                     });
      const std::size_t before = parts.size();
      EXPECT_TRUE(test::run_until(io_, [&] { return over || other->pending() == 0; }));
      if (parts.size() > before) continue;
      other->close();
      EXPECT_TRUE(test::run_until(io_, [&] { return over; }));
      return parts;
    }
  }
  std::vector<Notification> open_ones() {
    std::vector<Notification> all;
    for (const auto& part : open_parts())
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }
  std::vector<Notification> replayed_ones() {
    auto all = open_ones();
    std::erase_if(all, [](const Notification& one) { return one.replay == 0; });
    return all;
  }
  // What another process would have to send at its start.
  std::vector<WaitingDelivery> waiting() {
    const auto other = GetParam().open(io_.get_executor(), path_);
    auto work = run(io_, other->deliveries()).value();
    other->close();
    return work.waiting;
  }
  // The next work, after the feed has looked for what others did.
  DeliveryWork next_deliveries() {
    EXPECT_TRUE(run(io_, store_->look()));
    return run(io_, store_->deliveries()).value();
  }
  std::vector<Notification> next_notifications() {
    EXPECT_TRUE(run(io_, store_->look()));
    return run(io_, store_->notifications()).value().notifications;
  }
  static std::vector<RowId> ids(const std::vector<WaitingDelivery>& rows) {
    std::vector<RowId> all;
    for (const WaitingDelivery& row : rows)
      all.push_back(row.id);
    return all;
  }
};

}  // namespace carillon::store
