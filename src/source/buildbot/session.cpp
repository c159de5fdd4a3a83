#include "source/buildbot/session.hpp"

#include <algorithm>

namespace carillon::source::buildbot {
namespace {

constexpr std::size_t most_in_batch = 200;
constexpr auto wake_up = std::chrono::seconds(5);
constexpr auto longest_store_pause = std::chrono::seconds(30);

// Drops the link on every way out.
class DropLink {
 public:
  explicit DropLink(Link& link) : link_(link) {}
  ~DropLink() { link_.drop("the session is over"); }
  DropLink(const DropLink&) = delete;
  DropLink& operator=(const DropLink&) = delete;

 private:
  Link& link_;
};

std::vector<std::string> consumed_paths() {
  return {"builds/*/new",  "builds/*/finished", "builds/*/properties/update",
          "buildsets/*/*", "buildrequests/*/*", "builders/*/*",
          "workers/*/*"};
}

std::string websocket_url(const std::string& url) {
  return "ws" + url.substr(4) + "ws";
}  // http(s)://.../

}  // namespace

Session::Session(const Settings& settings, const Environment& environment, Rest& rest, Pages& pages,
                 std::shared_ptr<Complaints> complaints, Sink& sink, bool was_down)
    : settings_(settings),
      environment_(environment),
      rest_(rest),
      pages_(pages),
      complaints_(std::move(complaints)),
      sink_(sink),
      was_down_(was_down),
      where_("master " + settings.name) {}

asio::awaitable<Failure> Session::run() {
  auto stored = co_await stored_cursor();
  auto opened = co_await connect();
  if (!opened) co_return std::move(opened.error());
  const auto link = std::move(*opened);
  const DropLink guard(*link);
  co_await pages_.learn(rest_);  // each time: the master may come back as another version
  co_await link->wait_subscribed();
  if (!link->lost()) {
    auto caught_up = co_await catch_up(std::move(stored));
    if (!caught_up) co_return std::move(caught_up.error());
    listening_since_ = environment_.clock.now();
    auto heard = co_await listen(*link);
    if (!heard) co_return std::move(heard.error());
  }
  Failure failure;
  failure.what = link->why();
  co_return failure;
}

asio::awaitable<std::optional<Cursor>> Session::stored_cursor() {
  while (true) {
    auto stored = co_await sink_.cursor(settings_.name);
    if (stored) {
      stored_ = std::move(*stored);
      auto cursor = Cursor::from_json(stored_);
      if (!cursor && !stored_.is_null()) {
        environment_.log.warning(where_, "the stored cursor is not understood; starting from now");
      }
      co_return cursor;
    }
    environment_.log.warning(where_, "cannot read the cursor: " + stored.error().what);
    co_await sleep_for(stored.error().retry_after.value_or(std::chrono::seconds(1)));
  }
}

// What the person who reads the refusal may try.
std::string Session::advice(std::string_view refusal) const {
  if (refusal.ends_with("HTTP 404")) return " (is this the address of its web server?)";
  const bool wants_login = refusal.ends_with("HTTP 401") || refusal.ends_with("HTTP 403");
  return wants_login && !settings_.credentials ? " (does the master want auth=(user, password)?)" : "";
}

Task<std::shared_ptr<Link>> Session::connect() {
  if (!rest_.has_session()) {
    auto logged_in = co_await rest_.login();
    if (!logged_in) co_return failed(logged_in);
  }
  websocket::Options options;
  options.url = websocket_url(settings_.url);
  options.headers = rest_.session_headers();
  options.verify = settings_.verify;
  auto link = co_await Link::open(std::move(options), consumed_paths(), complaints_, environment_.clock,
                                  Link::Limits());
  if (!link && link.error().kind == Failure::Kind::rejected) {
    rest_.forget_session();  // it may have expired; the next session logs in again
    link.error().what += advice(link.error().what);
  }
  co_return link;
}

Task<void> Session::listen(Link& link) {
  while (true) {
    Result<void> heard = ok();
    while (heard && batch_.size() < most_in_batch) {
      auto next = link.take();
      if (!next) break;
      heard = co_await hear(std::move(*next));
    }
    if (heard) heard = co_await check_workers();
    if (!batch_.empty() || workers_changed_) co_await deliver();
    if (!heard) co_return heard;
    if (link.lost() && link.empty()) co_return ok();
    co_await link.wait(wake_up);
  }
}

Task<void> Session::hear(Heard heard) {
  const Key key = split(heard.key);
  if (key.id >= 0 && key.kind == "builds" && (key.verb == "new" || key.verb == "finished")) {
    co_return co_await hear_build(key, std::move(heard.message));
  }
  if (key.id >= 0 && key.kind == "buildsets") {
    hear_buildset(key, heard);
    co_return ok();
  }
  if (key.id >= 0 && key.kind == "workers") hear_worker(key, heard.message);
  if (key.id >= 0 && key.kind == "buildrequests") {
    auto done = co_await hear_request(key, heard.message);
    if (!done) co_return done;
  }
  assembler_.learn(std::move(heard));
  co_return ok();
}

Task<void> Session::hear_build(const Key& key, json::object build) {
  const bool finished = key.verb == "finished";
  const auto id = key.id;  // the key's text does not outlive the suspension below
  if (!finished) assembler_.build_started(id);
  if (finished ? !cursor_.finish_due(id) : !cursor_.start_due(id)) co_return ok();
  co_return co_await add_build(std::move(build), id, finished);
}

void Session::hear_buildset(const Key& key, Heard& heard) {
  if (key.verb == "new") {
    cursor_.buildset_seen(key.id);
    assembler_.learn(std::move(heard));
  } else if (key.verb == "complete") {
    assembler_.buildset_done(key.id);
    if (cursor_.complete_due(key.id)) add_buildset(std::move(heard.message), key.id);
  }
}

asio::awaitable<void> Session::deliver() {
  auto cursor = cursor_.to_json();
  bool complained = false;
  while (true) {
    auto events = batch_;
    auto accepted = co_await sink_.accept(settings_.name, std::move(events), cursor);
    if (accepted) break;
    if (!complained) environment_.log.warning(where_, "events wait for the store: " + accepted.error().what);
    complained = true;
    const auto pause = accepted.error().retry_after.value_or(std::chrono::seconds(1));
    co_await sleep_for(std::clamp<std::chrono::seconds>(pause, std::chrono::seconds(1), longest_store_pause));
  }
  if (complained) environment_.log.info(where_, "the store takes events again");
  batch_.clear();
  workers_changed_ = false;
  stored_ = std::move(cursor);
}

}  // namespace carillon::source::buildbot
