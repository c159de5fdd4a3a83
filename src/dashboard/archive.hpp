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
#include <string>
#include <utility>

#include "base/result.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

namespace asio = boost::asio;

class Archive {
 public:
  // open: makes a ledger, on the archive's thread; it may throw store::Error.
  using Open = std::function<std::unique_ptr<store::Ledger>()>;
  Archive(asio::any_io_executor io, Open open) : io_(std::move(io)), open_(std::move(open)) {}
  ~Archive() { threads_.join(); }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // question(ledger) on the archive's thread; the answer comes back here. Failure (throttled): it took too
  // long, or there are too many questions; (unreachable): the store cannot be read.
  template <class Question>
  asio::awaitable<Result<std::invoke_result_t<Question&, store::Ledger&>>> ask(Question question) {
    using Answer = std::invoke_result_t<Question&, store::Ledger&>;
    if (asked_ >= most_asked) co_return throttled("too many readers", std::chrono::seconds(2));
    const Turn turn(asked_);
    Result<Answer> answer = unreachable("not asked");
    co_await asio::co_spawn(
        threads_,
        [this, &question, &answer]() -> asio::awaitable<void> {
          answer = on_thread<Answer>(question);
          co_return;
        },
        asio::use_awaitable);
    co_return answer;
  }

 private:
  static constexpr int most_asked = 100;

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

  template <class Answer, class Question>
  Result<Answer> on_thread(Question& question) {
    try {
      if (!ledger_) ledger_ = open_();
      return question(*ledger_);
    } catch (const store::Error& error) {
      if (error.took_too_long()) return throttled(error.what(), std::chrono::seconds(5));
      ledger_.reset();
      return unreachable(error.what());
    }
  }

  asio::any_io_executor io_;
  Open open_;
  std::unique_ptr<store::Ledger> ledger_;
  int asked_ = 0;
  asio::thread_pool threads_{1};
};

}  // namespace carillon::dashboard
