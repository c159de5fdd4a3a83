#include "source/buildbot/link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace carillon::source::buildbot {

Task<std::shared_ptr<Link>> Link::open(websocket::Options options, std::vector<std::string> paths,
                                       std::shared_ptr<Complaints> complaints, const Clock& clock,
                                       Limits limits) {
  auto connection = co_await websocket::connect(std::move(options));
  if (!connection) co_return failed(connection);
  const auto executor = co_await asio::this_coro::executor;
  std::shared_ptr<Link> link(
      new Link(std::move(*connection), std::move(paths), std::move(complaints), clock, limits, executor));
  asio::co_spawn(executor, read(link), or_end);
  co_return link;
}

Link::Link(std::unique_ptr<websocket::Connection> connection, std::vector<std::string> paths,
           std::shared_ptr<Complaints> complaints, const Clock& clock, Limits limits,
           const asio::any_io_executor& executor)
    : connection_(std::move(connection)),
      protocol_(std::move(paths)),
      complaints_(std::move(complaints)),
      clock_(clock),
      limits_(limits),
      wake_(executor) {}

asio::awaitable<void> Link::read(std::shared_ptr<Link> self) {
  try {
    co_await self->subscribe();
    while (!self->lost()) {
      auto frame = co_await self->connection_->read();
      if (!frame) {
        self->drop(frame.error().what);
        break;
      }
      self->act(self->protocol_.receive(*frame));
    }
  } catch (const std::exception& error) {  // whoever listens must connect anew
    self->drop(std::string("internal error: ") + error.what());
  }
}

asio::awaitable<void> Link::subscribe() {
  auto actions = protocol_.start(clock_.now());
  for (auto& action : actions) {
    auto* send = std::get_if<WsProtocol::Send>(&action);
    if (send == nullptr || lost()) continue;
    auto written = co_await connection_->write(std::move(send->text));
    if (!written) drop(written.error().what);
  }
}

void Link::act(std::vector<WsProtocol::Action> actions) {
  for (auto& action : actions) {
    if (auto* heard = std::get_if<Heard>(&action)) {
      keep(std::move(*heard));
    } else if (const auto* note = std::get_if<WsProtocol::Note>(&action)) {
      complaints_->add(Complaints::Kind::frame, note->text);
    } else if (const auto* end = std::get_if<WsProtocol::GiveUp>(&action)) {
      drop(end->why);
    } else if (std::holds_alternative<WsProtocol::Subscribed>(action)) {
      wake_.cancel();
    }
  }
}

void Link::keep(Heard heard) {
  if (lost()) return;
  bytes_waiting_ += heard.size;
  waiting_.push_back(std::move(heard));
  wake_.cancel();
  if (waiting_.size() <= limits_.most_waiting && bytes_waiting_ <= limits_.most_bytes_waiting) return;
  waiting_.clear();
  bytes_waiting_ = 0;
  drop("more was announced than could be stored; it will be asked for later");
}

std::optional<Heard> Link::take() {
  if (waiting_.empty()) return std::nullopt;
  Heard heard = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_waiting_ -= heard.size;
  return heard;
}

asio::awaitable<void> Link::wait_subscribed() {
  while (!subscribed() && !lost())
    co_await rest(std::chrono::seconds(1));
}

asio::awaitable<void> Link::wait(std::chrono::milliseconds at_most) {
  if (waiting_.empty() && !lost()) co_await rest(at_most);
}

asio::awaitable<void> Link::rest(std::chrono::milliseconds at_most) {
  wake_.expires_after(at_most);
  const auto [error] = co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(error);
  act(protocol_.tick(clock_.now()));
}

void Link::drop(std::string why) {
  if (!lost()) why_ = why.empty() ? "dropped" : std::move(why);
  connection_->abort();
  wake_.cancel();
}

}  // namespace carillon::source::buildbot
