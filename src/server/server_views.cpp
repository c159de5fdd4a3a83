// What the dashboard shows of requests and of the configuration (dashboard/views.hpp).
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/preview.hpp"
#include "server/running_server.hpp"
#include "server/shown_json.hpp"

namespace carillon::server {
namespace {

constexpr std::chrono::seconds preview_patience{10};
constexpr int most_previews = 4;

}  // namespace

dashboard::Views Server::views() {
  return {[this](const std::string& reporter, const Delivery& delivery) {
            return shown_request(reporter, delivery);
          },
          [this](std::string reporter, Event event, RowId row) {
            return preview_in_time(std::move(reporter), std::move(event), row);
          },
          [this] { return configuration_told(); }};
}

// What is kept is shown as it is where nobody understands it any more.
json::object Server::shown_request(const std::string& reporter, const Delivery& delivery) const {
  reporter::Shown shown{"to " + delivery.target, reporter::Shown::Form::text, delivery.payload};
  try {
    if (const pipeline::RosterEntry* entry = roster_->find(reporter)) shown = entry->reporter->show(delivery);
  } catch (const std::exception& error) {  // it was stored by another version, or for other settings
    shown.how += ", and " + reporter + " cannot say how it is sent now: " + error.what();
  }
  return bounded_json(shown, [this](std::string_view text) { return redactor_(text); });
}

Task<json::object> Server::previewed(std::string reporter, Event event, RowId row) {
  const pipeline::RosterPtr roster = roster_;
  const pipeline::RosterEntry* entry = roster->find(reporter);
  if (entry == nullptr) co_return rejected("There is no reporter '" + reporter + "'.");
  const pipeline::DetailSources sources{find_source_, *store_, *logs_};
  try {
    auto made = co_await preview(*entry, notification_of(std::move(event), row), sources);
    if (!made) {
      Failure failure = std::move(made.error());
      failure.what = redactor_(failure.what);
      co_return failed(std::move(failure));
    }
    const Redact redact = [this](std::string_view text) { return redactor_(text); };
    json::object told =
        to_json(*made, reporter, [&](const reporter::Shown& shown) { return bounded_json(shown, redact); });
    co_return redacted(std::move(told), redact).as_object();
  } catch (const std::exception& error) {
    co_return rejected(reporter + " cannot word it: " + redactor_(error.what()));
  }
}

// What takes longer goes on to its own end, and nobody reads it.
asio::awaitable<Result<json::object>> Server::preview_in_time(std::string reporter, Event event, RowId row) {
  struct State {
    explicit State(const asio::any_io_executor& io) : over(io, preview_patience) {}
    asio::steady_timer over;
    std::optional<Result<json::object>> made;
  };
  if (previews_ >= most_previews) co_return throttled("too many previews at once", std::chrono::seconds(5));
  const auto state = std::make_shared<State>(io_.get_executor());
  const auto work = [](Server& server, std::shared_ptr<State> state, std::string reporter, Event event,
                       RowId row) -> asio::awaitable<void> {
    ++server.previews_;
    state->made = co_await server.previewed(std::move(reporter), std::move(event), row);
    --server.previews_;
    state->over.cancel();
  };
  asio::co_spawn(io_, work(*this, state, std::move(reporter), std::move(event), row), or_end);
  boost::system::error_code cancelled;  // it is made
  if (!state->made) co_await state->over.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!state->made)
    co_return throttled("it takes too long to word, or to ask for what it needs", std::chrono::seconds(10));
  co_return std::move(*state->made);
}

json::object Server::configuration_told() const {
  json::object told = configuration_;
  told["reload"] = last_reload_ ? json::value(*last_reload_) : json::value(nullptr);
  return told;
}

}  // namespace carillon::server
