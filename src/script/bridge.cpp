#include "script/bridge.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <system_error>

namespace carillon::script {

namespace {

constexpr const char* kStopping = "Carillon is stopping";

}  // namespace

Bridge::Bridge(asio::any_io_executor io)
    : io_(std::move(io)), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Bridge::~Bridge() {
  close(wake_fd_);
}

void Bridge::send(Request request) {
  const std::lock_guard lock(mutex_);
  if (stopped_ && request.kind != Request::Kind::stop) return;
  requests_.push_back(std::move(request));
  if (requests_.size() > 1) return;  // somebody woke the thread already, and it is awake until all are taken
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

std::uint64_t Bridge::add(Pending pending) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return 0;
  const std::uint64_t number = next_++;
  pending_.emplace(number, std::move(pending));
  return number;
}

Task<json::value> Bridge::call(std::uint64_t object, std::string method, json::array args,
                               std::string master) {
  const auto self = shared_from_this();
  Request request;
  request.object = object;
  request.text = std::move(method);
  request.args = std::move(args);
  request.source = std::move(master);
  const auto initiate = [&](auto handler) {
    // std::function wants copies; and the guard keeps io_context::run() going while Python works.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = std::make_shared<asio::executor_work_guard<asio::any_io_executor>>(io_);
    Pending pending;
    pending.handler = [shared, guard](Result<json::value> result) { std::move (*shared)(std::move(result)); };
    Handler handler_again = pending.handler;
    request.number = add(std::move(pending));
    if (request.number == 0) {
      std::vector<Finished> finished;
      finished.push_back({std::move(handler_again), rejected(kStopping)});
      post(std::move(finished));
      return;
    }
    handler_again = nullptr;
    send(std::move(request));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<json::value>)>(
      initiate, asio::use_awaitable);
}

void Bridge::drop(std::uint64_t object) {
  Request request;
  request.kind = Request::Kind::drop;
  request.object = object;
  send(std::move(request));
}

void Bridge::load(std::string file, Loaded done) {
  Request request;
  request.kind = Request::Kind::load;
  request.text = std::move(file);
  Pending pending;
  pending.loaded = std::move(done);
  const Loaded again = pending.loaded;
  request.number = add(std::move(pending));
  if (request.number == 0) {
    again(rejected(kStopping));
    return;
  }
  send(std::move(request));
}

void Bridge::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  Request request;
  request.kind = Request::Kind::stop;
  send(std::move(request));
  reject([](std::uint64_t, const Pending&) { return true; }, kStopping);
}

std::optional<Request> Bridge::take(std::chrono::nanoseconds held) {
  const std::lock_guard lock(mutex_);
  if (requests_.empty()) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = read(wake_fd_, &count, sizeof count);
    return std::nullopt;
  }
  Request request = std::move(requests_.front());
  requests_.pop_front();
  if (request.kind == Request::Kind::answer) return request;  // its number is another one's
  if (const auto found = pending_.find(request.number); found != pending_.end()) {
    found->second.taken = std::chrono::steady_clock::now();
    found->second.held = held;
  }
  return request;
}

void Bridge::put_back(Request request) {
  const std::lock_guard lock(mutex_);
  requests_.push_front(std::move(request));
}

void Bridge::finish(std::uint64_t number, Result<json::value> result) {
  std::unique_lock lock(mutex_);
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending.handler) {
    finished_.push_back({std::move(pending.handler), std::move(result)});
    return;
  }
  lock.unlock();
  pending.loaded(tl::unexpected<Failure>(result ? Failure{} : std::move(result.error())));
}

void Bridge::finish_load(std::uint64_t number, Result<settings::Configuration> result) {
  std::unique_lock lock(mutex_);
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  const Loaded loaded = std::move(found->second.loaded);
  pending_.erase(found);
  lock.unlock();
  loaded(std::move(result));
}

void Bridge::flush() {
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  post(std::move(finished));
}

void Bridge::post(std::vector<Finished> finished) {
  if (finished.empty()) return;
  asio::post(io_, [batch = std::move(finished)]() mutable {
    for (Finished& one : batch)
      one.handler(std::move(one.result));
  });
}

void Bridge::set_output(Output output) {
  const std::lock_guard lock(mutex_);
  output_ = std::move(output);
}

void Bridge::say(const std::string& line) {
  Output output;
  {
    const std::lock_guard lock(mutex_);
    output = output_;
  }
  if (output) return output(line);
  std::cerr << line + "\n";
}

void Bridge::ask(std::uint64_t question, std::string master, std::string path) {
  // The coroutine keeps the bridge, and is only made where it runs.
  asio::post(io_, [self = shared_from_this(), question, master = std::move(master), path = std::move(path)] {
    asio::co_spawn(self->io_, self->answer(question, master, path), or_end);
  });
}

asio::awaitable<void> Bridge::answer(std::uint64_t question, std::string master, std::string path) {
  const auto self = shared_from_this();
  Request request;
  request.kind = Request::Kind::answer;
  request.number = question;
  try {
    if (source_) {
      request.value = co_await source_(master, path);
    } else {
      request.value = rejected("there is no source to ask");
    }
  } catch (const std::exception& e) {
    request.value = rejected(e.what());
  }
  send(std::move(request));
}

void Bridge::give_up(std::uint64_t number, const std::string& why) {
  reject([number](std::uint64_t which, const Pending&) { return which == number; }, why);
}

void Bridge::give_up_unanswered(std::chrono::nanoseconds held, std::chrono::nanoseconds limit,
                                const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  reject(
      [&](std::uint64_t, const Pending& pending) {
        if (!pending.taken) return false;
        return now - *pending.taken - std::min<std::chrono::nanoseconds>(held - pending.held, 10 * limit) >
               limit;
      },
      why);
}

void Bridge::reject(const std::function<bool(std::uint64_t number, const Pending&)>& which,
                    const std::string& why) {
  std::vector<Finished> finished;
  std::vector<Loaded> loads;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = pending_.begin(); at != pending_.end();) {
      Pending& pending = at->second;
      if (!which(at->first, pending)) {
        ++at;
        continue;
      }
      if (pending.handler) {
        finished.push_back({std::move(pending.handler), rejected(why)});
      } else {
        loads.push_back(std::move(pending.loaded));
      }
      at = pending_.erase(at);
    }
  }
  for (const Loaded& loaded : loads)
    loaded(rejected(why));
  post(std::move(finished));
}

}  // namespace carillon::script
