// What the store's thread is asked to do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/journal.hpp"
#include "store/outbox.hpp"
#include "store/postgres/connection.hpp"

namespace carillon::store::postgres {

class Job {
 public:
  enum class Kind {
    // Many of these become one statement each (writes.hpp).
    accept,
    settle,
    compose,
    load,
    // Each runs by itself. `write` also where it may write.
    read,
    write,
    // As `read`, in a transaction of its own, and before all others.
    beat,
  };
  explicit Job(Kind kind) : kind_(kind) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Kind kind() const { return kind_; }
  bool writes() const { return kind_ == Kind::write || (is_hot() && kind_ != Kind::load); }
  // Many of them become one statement.
  bool is_hot() const { return kind_ != Kind::read && kind_ != Kind::write && kind_ != Kind::beat; }
  // Of `read`, `write` and `beat`, on the store's thread; may be called again after its transaction was
  // rolled back.
  virtual void run(Connection&) {}
  // On the store's thread, instead of a result.
  virtual void fail(const Failure& failure) = 0;
  virtual bool failed() const = 0;
  // On the store's thread, before run() is called again.
  virtual void begin_anew() = 0;
  // On the store's thread, at the end: what only it needs.
  virtual void let_go() {}
  // On the io_context thread, once, after that.
  virtual void complete() = 0;

 private:
  Kind kind_;
};

template <class T>
class JobOf : public Job {
 public:
  using Job::Job;
  void fail(const Failure& failure) override { result = carillon::failed(failure); }
  bool failed() const override { return !result; }
  void begin_anew() override { result = Result<T>(); }
  void complete() override { done(std::move(result)); }

  Result<T> result;
  std::function<void(Result<T>)> done;
};

struct AcceptJob final : JobOf<std::vector<AcceptedEvent>> {
  AcceptJob() : JobOf(Kind::accept) {}
  void let_go() override { events.clear(); }

  std::string source;
  std::vector<NewEvent> events;
  json::value cursor;
  Millis now = 0;
};

struct SettleJob final : JobOf<Taken> {
  SettleJob() : JobOf(Kind::settle) {}

  RowId id = 0;
  Settlement end;
};

struct ComposeJob final : JobOf<Composed> {
  ComposeJob() : JobOf(Kind::compose) {}

  Notification notification;
  NewDeliveries deliveries;
  Millis now = 0;
};

struct LoadJob final : JobOf<std::optional<StoredDelivery>> {
  LoadJob() : JobOf(Kind::load) {}

  RowId id = 0;
};

template <class T>
class CallJob final : public JobOf<T> {
 public:
  CallJob(Job::Kind kind, std::function<T(Connection&)> work) : JobOf<T>(kind), work_(std::move(work)) {}
  void run(Connection& db) override {
    if constexpr (std::is_void_v<T>) {
      work_(db);
      this->result = Result<T>();
    } else {
      this->result = work_(db);
    }
  }
  void let_go() override { work_ = nullptr; }

 private:
  std::function<T(Connection&)> work_;
};

}  // namespace carillon::store::postgres
