// For tests: sources.Buildbot that observes a FakeMaster.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include "base/secret.hpp"
#include "fakes/process.hpp"
#include "source/buildbot/buildbot.hpp"
#include "source/buildbot/fake_master.hpp"

namespace carillon::source::buildbot {

using namespace std::chrono_literals;

inline settings::Value text(std::string value) {
  settings::Value made;
  made.v = std::move(value);
  return made;
}

inline settings::Value login(std::string user, std::string password) {
  settings::Value made;
  made.v = settings::List{text(std::move(user)), text(std::move(password))};
  return made;
}

inline settings::Arguments arguments(std::string url,
                                     std::vector<std::pair<std::string, settings::Value>> more = {},
                                     std::string name = "ci") {
  settings::Call call;
  call.class_name = "Buildbot";
  call.name = std::move(name);
  call.where = "master.cfg:3";
  call.positional = {text(std::move(url))};
  call.keywords = std::move(more);
  return settings::Arguments::bind(schema(), call);
}

class RecordingSink final : public Sink {
 public:
  Task<Accepted> accept(std::string_view master, std::vector<Event> heard, json::value next) override {
    EXPECT_EQ(master, "ci");
    if (failures > 0) {
      --failures;
      co_return throttled("the store is behind", 1s);
    }
    for (auto& event : heard) {
      keys.push_back(event.key + (event.occurrence.empty() ? "" : "@" + event.occurrence));
      events.push_back(std::move(event));
    }
    if (!next.is_null()) stored = std::move(next);
    Accepted accepted;
    accepted.duplicate.resize(heard.size());
    co_return accepted;
  }
  Task<json::value> cursor(std::string_view) override { co_return stored; }
  bool wants(EventKind kind) const override {
    if (kind == EventKind::worker_back) return back;
    return kind != EventKind::request_waiting || waiting;
  }

  std::vector<Event> events;
  std::vector<std::string> keys;
  json::value stored;
  int failures = 0;
  // Somebody wants to know of waiting requests.
  bool waiting = false;
  // ... and of workers that return.
  bool back = true;
};

class BuildbotMaster : public testing::Test {
 protected:
  void observe(std::vector<std::pair<std::string, settings::Value>> more = {}) {
    master_ = make(arguments(fake_.url(), std::move(more)), environment_);
    ++running_;
    auto done = [this](const std::exception_ptr&) { --running_; };
    asio::co_spawn(io_, master_->run(sink_), asio::bind_cancellation_slot(cancel_->slot(), done));
    ASSERT_TRUE(until([this] { return sink_.stored.is_object(); }));
  }

  void stop() {
    cancel_->emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(until([this] { return running_ == 0; }));
    master_.reset();
    cancel_.emplace();
  }

  void TearDown() override {
    if (running_ > 0) stop();
  }

  template <class Condition>
  bool until(Condition condition, std::chrono::seconds at_most = 60s) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    io_.restart();
    while (!condition() && std::chrono::steady_clock::now() < end)
      io_.run_one_for(50ms);
    return condition();
  }

  bool until_events(std::size_t count) {
    return until([this, count] { return sink_.keys.size() >= count; });
  }

  template <class T>
  T await(asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(io_, std::move(task),
                   [&](const std::exception_ptr&, T value) { result.emplace(std::move(value)); });
    until([&] { return result.has_value(); });
    return std::move(*result);
  }

  asio::io_context io_{1};
  FakeMaster fake_{io_.get_executor()};
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  SystemClock clock_;
  std::unique_ptr<http::Client> http_ = http::make_curl_client(io_.get_executor());
  test::FakeRunner runner_;
  Environment environment_{io_.get_executor(), *http_, log_, clock_, runner_};
  RecordingSink sink_;
  std::optional<asio::cancellation_signal> cancel_{std::in_place};
  std::unique_ptr<Source> master_;
  int running_ = 0;
};

}  // namespace carillon::source::buildbot
