// What is kept, for readers on threads of their own: a question that takes long holds up nobody but its
// asker.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

namespace asio = boost::asio;

class Archive {
 public:
  // open: makes a ledger, on the archive's threads; it may throw store::Error.
  using Open = std::function<std::unique_ptr<store::Ledger>()>;
  Archive(asio::any_io_executor io, Open open) : io_(std::move(io)), open_(std::move(open)) {}
  ~Archive() {
    readers_.thread.join();
    writers_.thread.join();
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // question(ledger) on the archive's thread, as one (Ledger::as_one_question); the answer comes back here.
  // Failure (throttled): it took too long, or there are too many questions; (unreachable): the store cannot
  // be read.
  template <class Question>
  asio::awaitable<Result<std::invoke_result_t<Question&, store::Ledger&>>> ask(Question question) {
    using Answer = std::invoke_result_t<Question&, store::Ledger&>;
    const auto whole = as_one<Answer>(question, &store::Ledger::as_one_question);
    co_return co_await at<Answer>(readers_, whole);
  }

  // The same for what changes something: one transaction, on a thread and a connection of its own, so that
  // a store that somebody else has locked holds up no reader. Failure: nothing was changed.
  template <class Change>
  asio::awaitable<Result<std::invoke_result_t<Change&, store::Ledger&>>> change(Change change) {
    using Answer = std::invoke_result_t<Change&, store::Ledger&>;
    const auto whole = as_one<Answer>(change, &store::Ledger::together);
    co_return co_await at<Answer>(writers_, whole);
  }

 private:
  static constexpr int most_asked = 100;

  // A thread with its connection.
  struct Desk {
    std::unique_ptr<store::Ledger> ledger;
    int asked = 0;
    asio::thread_pool thread{1};
  };

  // One of those that are asked at once.
  class Turn {
   public:
    explicit Turn(int& asked) : asked_(asked) { ++asked_; }
    ~Turn() { --asked_; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    int& asked_;
  };

  // act(ledger), all of which is one question or one change; the act outlives it.
  template <class Answer, class Act>
  static auto as_one(Act& act, void (store::Ledger::*one)(const std::function<void()>&)) {
    return [&act, one](store::Ledger& ledger) -> Answer {
      std::optional<Answer> answer;
      (ledger.*one)([&] { answer.emplace(act(ledger)); });
      return std::move(*answer);
    };
  }

  template <class Answer, class Question>
  asio::awaitable<Result<Answer>> at(Desk& desk, Question& question) {
    if (desk.asked >= most_asked) co_return throttled("too many readers", std::chrono::seconds(2));
    const Turn turn(desk.asked);
    Result<Answer> answer = unreachable("not asked");
    co_await asio::co_spawn(
        desk.thread,
        [this, &desk, &question, &answer]() -> asio::awaitable<void> {
          answer = on_thread<Answer>(desk, question);
          co_return;
        },
        asio::use_awaitable);
    co_return answer;
  }

  template <class Answer, class Question>
  Result<Answer> on_thread(Desk& desk, Question& question) {
    try {
      if (!desk.ledger) desk.ledger = open_();
      return question(*desk.ledger);
    } catch (const store::Error& error) {
      if (error.took_too_long()) return throttled(error.what(), std::chrono::seconds(5));
      desk.ledger.reset();
      return unreachable(error.what());
    }
  }

  asio::any_io_executor io_;
  Open open_;
  Desk readers_;
  Desk writers_;
};

}  // namespace carillon::dashboard
