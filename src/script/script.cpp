#include "script/script.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "script/bridge.hpp"
#include "script/thread.hpp"

namespace carillon::script {

namespace {

settings::Configuration or_throw(Result<settings::Configuration> result) {
  if (!result) throw settings::ConfigError(result.error().what);
  return *std::move(result);
}

}  // namespace

Script::Script(std::shared_ptr<Bridge> bridge, std::unique_ptr<PythonThread> thread)
    : bridge_(std::move(bridge)), thread_(std::move(thread)) {}

Script::~Script() {
  bridge_->stop();
}

std::unique_ptr<Script> Script::start(asio::any_io_executor io, const Options& options) {
  auto bridge = std::make_shared<Bridge>(std::move(io));
  auto thread = PythonThread::start(bridge, options);
  return std::unique_ptr<Script>(new Script(std::move(bridge), std::move(thread)));
}

std::optional<std::chrono::nanoseconds> Script::at_work() const {
  const Activity::Moment moment = thread_->activity().moment();
  if (!moment.busy() || moment.loads) return std::nullopt;
  return moment.piece;
}

std::chrono::nanoseconds Script::worked() const {
  return thread_->activity().moment().worked;
}

void Script::set_output(Output output) {
  bridge_->set_output(std::move(output));
}

void Script::set_data_source(DataSource source) {
  bridge_->set_data_source(std::move(source));
}

settings::Configuration Script::load(const std::string& file) {
  // Shared with the answer, which may come after we gave up waiting for it.
  const auto promise = std::make_shared<std::promise<Result<settings::Configuration>>>();
  auto future = promise->get_future();
  bridge_->load(file,
                [promise](Result<settings::Configuration> result) { promise->set_value(std::move(result)); });
  return or_throw(future.get());
}

Task<json::value> Script::stubs() {
  return bridge_->call(0, "stubs", {}, "");
}

asio::awaitable<settings::Configuration> Script::reload(std::string file) {
  const auto bridge = bridge_;
  const auto io = co_await asio::this_coro::executor;
  const auto initiate = [&](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = std::make_shared<asio::executor_work_guard<asio::any_io_executor>>(io);
    bridge->load(file, [shared, guard, io](Result<settings::Configuration> result) {
      asio::post(io, [shared, guard, result = std::move(result)]() mutable {
        std::move (*shared)(std::move(result));
      });
    });
  };
  Result<settings::Configuration> result =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<settings::Configuration>)>(
          initiate, asio::use_awaitable);
  co_return or_throw(std::move(result));
}

}  // namespace carillon::script
