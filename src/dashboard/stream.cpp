#include "dashboard/stream.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <utility>

#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"

namespace carillon::dashboard {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds come_again{30};
constexpr std::string_view last_event_id = "last-event-id";

// nullopt: none, or none of ours.
std::optional<std::uint64_t> number_of_event(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string message(std::uint64_t number, std::string_view kind, std::string_view data) {
  std::string lines = "id: " + std::to_string(number);
  lines += "\nevent: ";
  lines += kind;
  lines += "\ndata: ";
  lines += data;
  return lines + "\n\n";
}

// Suspends until then, or until somebody cancels the timer.
asio::awaitable<void> wait(asio::steady_timer& timer, Steady::time_point until) {
  timer.expires_at(until);
  boost::system::error_code woken;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

}  // namespace

struct Stream::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, Look how, std::uint64_t begin, Limits most, May who)
      : io(std::move(executor)),
        look(std::move(how)),
        changes(begin),
        limits(most),
        may(std::move(who)),
        pause(io) {}

  // Of one stream.
  struct Listener {
    Listener(std::shared_ptr<State> owner, const Asked& who)
        : state(std::move(owner)),
          asked(who),
          timer(state->io),
          ends(Steady::now() + state->limits.life),
          at(state->listeners.insert(state->listeners.end(), this)) {}
    ~Listener() { state->listeners.erase(at); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    asio::awaitable<std::optional<std::string>> next();

    std::shared_ptr<State> state;
    Asked asked;
    asio::steady_timer timer;
    Steady::time_point ends;
    std::list<Listener*>::iterator at;
    // Told up to here.
    std::uint64_t told = 0;
    Steady::time_point beat_at;
  };

  // Looks, and notes what has changed.
  asio::awaitable<void> compare() {
    looked_at = Steady::now();
    const std::optional<Signs> now = co_await look();
    if (!now) co_return;
    // Nothing was seen so far: whatever there is may be news to those who listen already.
    std::vector<Topic> topics;
    if (!seen || now->heard != seen->heard) topics.push_back(Topic::builds);
    // What is held back is counted with what is decided.
    if (!seen || now->stored != seen->stored)
      topics.insert(topics.end(), {Topic::deliveries, Topic::silences});
    if (!seen || now->reporters != seen->reporters) topics.push_back(Topic::reporters);
    if (!seen || now->sources != seen->sources) topics.push_back(Topic::sources);
    if (!seen || now->replays != seen->replays) topics.push_back(Topic::replays);
    seen = *now;
    changes.note(topics);
  }

  // Looks unless that was done within the last `pause`.
  asio::awaitable<void> refresh() {
    if (!watching && (!looked_at || Steady::now() - *looked_at >= limits.pause)) co_await compare();
  }

  // Looks as long as somebody listens.
  static asio::awaitable<void> watch(std::shared_ptr<State> self) {
    while (!self->listeners.empty() && !self->stopping) {
      const std::uint64_t before = self->changes.now();
      co_await self->compare();
      self->wake(self->stopping || self->changes.now() != before);
      co_await wait(self->pause, Steady::now() + self->limits.pause);
    }
    self->watching = false;
  }

  void begin_watch() {
    if (std::exchange(watching, true)) return;
    asio::co_spawn(io, watch(shared_from_this()), or_end);
  }

  // all: else those who may no longer listen.
  void wake(bool all) {
    for (Listener* listener : listeners) {
      if (all || !may(listener->asked)) listener->timer.cancel();
    }
  }

  web::Response open(const Asked& asked);
  static web::Response begun();

  asio::any_io_executor io;
  Look look;
  Changes changes;
  Limits limits;
  May may;
  asio::steady_timer pause;
  std::list<Listener*> listeners;
  std::optional<Signs> seen;
  // nullopt: never. The clock itself begins with the machine, perhaps just now.
  std::optional<Steady::time_point> looked_at;
  bool watching = false;
  bool stopping = false;
};

asio::awaitable<std::optional<std::string>> Stream::State::Listener::next() {
  while (true) {
    const auto now = Steady::now();
    if (state->stopping || now >= ends || !state->may(asked)) co_return std::nullopt;
    const std::uint64_t number = state->changes.now();
    if (const std::string topics = state->changes.since(told); !topics.empty()) {
      told = number;
      beat_at = now + state->limits.beat;
      co_return message(number, "change", topics);
    }
    if (now >= beat_at) {
      beat_at = now + state->limits.beat;
      co_return message(number, "beat", "ok");
    }
    co_await wait(timer, std::min(beat_at, ends));
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none) co_return std::nullopt;
  }
}

web::Response Stream::State::open(const Asked& asked) {
  const auto of_caller = static_cast<std::size_t>(std::ranges::count_if(listeners, [&](const Listener* one) {
    return !asked.caller.who.empty() && one->asked.caller.who == asked.caller.who;
  }));
  const bool full = listeners.size() >= limits.streams || of_caller >= limits.streams_of_one;
  if (stopping || full) {
    web::Response busy = json_error(503, stopping ? "the server stops" : "too many streams are open",
                                    "ask for the page itself from time to time");
    busy.headers.emplace_back("Retry-After", std::to_string(come_again.count()));
    return busy;
  }
  web::Response response = begun();
  // The header of what GET would answer: nobody listens.
  if (asked.request.method == "HEAD") return response;
  const auto listener = std::make_shared<Listener>(shared_from_this(), asked);
  listener->told = changes.now();
  if (const std::string_view last = header(asked.request, last_event_id); !last.empty())
    listener->told = number_of_event(last).value_or(0);
  response.more = [listener] { return listener->next(); };
  begin_watch();
  return response;
}

web::Response Stream::State::begun() {
  web::Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = "retry: 2000\n\n";
  response.more = []() -> asio::awaitable<std::optional<std::string>> { co_return std::nullopt; };
  return response;
}

Stream::Stream(asio::any_io_executor io, Look look, std::uint64_t begin, Limits limits, May may)
    : state_(std::make_shared<State>(std::move(io), std::move(look), begin, limits, std::move(may))) {}

Stream::~Stream() {
  stop();
}

asio::awaitable<std::uint64_t> Stream::now() {
  const auto state = state_;
  co_await state->refresh();
  co_return state->changes.now();
}

void Stream::stop() {
  state_->stopping = true;
  state_->pause.cancel();
  state_->wake(true);
}

std::size_t Stream::size() const {
  return state_->listeners.size();
}

Place Stream::place() const {
  Place place{"GET", "/api/v1/stream", access::Role::viewer,
              [state = state_](Asked asked) -> asio::awaitable<web::Response> {
                // What changes from now on is told: so what was before is to be known.
                if (asked.request.method != "HEAD") co_await state->refresh();
                co_return state->open(asked);
              }};
  place.for_programs = true;
  place.fields = no_fields;
  return place;
}

}  // namespace carillon::dashboard
