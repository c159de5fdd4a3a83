#include "reporter/irc/irc_client.hpp"

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "reporter/irc/irc_text.hpp"

namespace carillon::reporter::irc {
namespace {

using Duration = std::chrono::milliseconds;

constexpr Duration open_limit = std::chrono::seconds(30);
constexpr Duration write_limit = std::chrono::seconds(60);
constexpr Duration goodbye_limit = std::chrono::seconds(1);
constexpr Duration longest_nap = std::chrono::seconds(60);
constexpr Duration connection_wait = std::chrono::seconds(3);  // of a message that comes while there is none
constexpr Duration entry_wait = std::chrono::seconds(10);      // of a message to a channel just asked for
constexpr Duration say_limit = std::chrono::minutes(3);
constexpr Duration written_limit = std::chrono::minutes(5);  // the session itself ends earlier
constexpr Duration join_limit = std::chrono::seconds(20);
constexpr Duration account_limit = std::chrono::seconds(20);

// The session's time: what the clock on the wall does is no matter of a connection.
Millis now() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool has_color(const std::string& text) {
  return text.find('\x03') != std::string::npos;
}

// Servers say 404 or 408 of a message with colours in a channel that takes none (+c); 404 has other reasons.
bool may_be_about_colors(std::string_view refusal) {
  return refusal.starts_with("404") || refusal.starts_with("408");
}

}  // namespace

// What the reader and the writer of one connection share.
struct Client::Connection {
  Connection(const asio::any_io_executor& executor, std::shared_ptr<net::Stream> its_stream)
      : stream(std::move(its_stream)), nap(executor), writer_ended(executor) {}

  std::shared_ptr<net::Stream> stream;
  asio::steady_timer nap;  // of the writer
  bool over = false;
  std::string why;
  Awaited<bool> writer_ended;

  void end(std::string reason) {
    if (!std::exchange(over, true)) why = std::move(reason);
    stream->close();
    nap.cancel();
  }
};

Client::Client(asio::any_io_executor executor, std::shared_ptr<const IrcSettings> settings, const Log& log)
    : executor_(std::move(executor)),
      kept_settings_(std::move(settings)),
      settings_(*kept_settings_),
      log_(log),
      where_("irc " + net::name_of(settings_.peer)),
      trust_(net::trust(settings_.ca_file)),
      places_(settings_.names) {
  for (const ConfiguredChannel& channel : settings_.channels)
    want(channel.name, channel.key);
}

asio::awaitable<void> Client::run() {
  const auto self = shared_from_this();
  struct Running {
    explicit Running(bool& its_flag) : flag(its_flag) { flag = true; }
    ~Running() { flag = false; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    bool& flag;
  } running(running_);
  for (;;) {
    const bool was_in = co_await live();
    const Duration rest = pause(was_in);
    log_.warning(where_, trouble_ + "; again in " + std::to_string(rest.count() / 1000) + " s");
    co_await sleep_for(rest);
  }
}

Client::Duration Client::pause(bool was_in) {
  const auto configured = was_in ? settings_.lost_delay : settings_.failed_delay;
  std::uniform_real_distribution<double> spread(was_in ? 1 : 45, was_in ? 5 : 60);
  const double seconds = configured ? *configured : spread(random_);
  return Duration(static_cast<Duration::rep>(seconds * 1000));
}

// One connection from its beginning to its end; whether the server let us in.
asio::awaitable<bool> Client::live() {
  auto stream = std::make_shared<net::Stream>(executor_, settings_.peer, trust_);
  const auto opened = co_await stream->open(open_limit);
  if (!opened) {
    trouble_ = opened.error().what;
    co_return false;
  }
  const auto connection = std::make_shared<Connection>(executor_, std::move(stream));
  connection_ = connection;
  session_.emplace(settings_.identity, rooms_, gap_, now());
  start_writer(connection);
  std::exception_ptr cancelled;
  try {
    co_await read(connection);
    co_await connection->writer_ended.wait(write_limit);
  } catch (const boost::system::system_error&) {
    cancelled = std::current_exception();
  }
  if (cancelled) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await goodbye(connection);
  }
  connection->end("closed");
  co_await connection->writer_ended.wait(write_limit);
  const bool was_in = connected();
  finish(cancelled ? "Carillon has left the server" : connection->why);
  if (cancelled) std::rethrow_exception(cancelled);
  co_return was_in;
}

asio::awaitable<void> Client::read(ConnectionPtr connection) {
  while (!connection->over) {
    const auto bytes = co_await connection->stream->read();
    if (!bytes) {
      connection->end(bytes.error().what);
      co_return;
    }
    session_->received(*bytes, now());
    handle(*connection);
    connection->nap.cancel();
  }
}

asio::awaitable<void> Client::write(ConnectionPtr connection) {
  while (!connection->over) {
    session_->tick(now());
    handle(*connection);
    if (connection->over) break;
    const std::string bytes = session_->output(now());
    if (!bytes.empty()) {
      const auto written = co_await connection->stream->write(bytes, write_limit);
      if (!written) connection->end(written.error().what);
      continue;
    }
    const Millis at = now();
    const Millis rest = std::clamp<Millis>(session_->wake_at(at) - at, 0, longest_nap.count());
    connection->nap.expires_after(Duration(rest));
    co_await connection->nap.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void Client::start_writer(const ConnectionPtr& connection) {
  auto ended = [self = shared_from_this(), connection](const std::exception_ptr& bug) {
    if (bug) connection->end("internal error");
    connection->writer_ended.set(true);
  };
  asio::co_spawn(executor_, write(connection), std::move(ended));
}

// Bounded: what cannot be said at once is left unsaid.
asio::awaitable<void> Client::goodbye(ConnectionPtr connection) {
  if (connection->over || !session_) co_return;
  connection->over = true;  // the writer says nothing more
  connection->nap.cancel();
  co_await connection->writer_ended.wait(goodbye_limit);
  const std::string quit = session_->quit("Carillon is leaving");
  const auto said = co_await connection->stream->write(quit, goodbye_limit);
  if (!said) {
    log_.debug(where_, "no goodbye: " + said.error().what);
    co_return;
  }
  // The server closes when it has heard it: only then is the nick free for a successor.
  asio::steady_timer limit(executor_, goodbye_limit);
  limit.async_wait([stream = connection->stream](const boost::system::error_code& error) {
    if (!error) stream->close();
  });
  for (;;) {
    const auto bytes = co_await connection->stream->read();
    if (!bytes) co_return;
  }
}

void Client::finish(const std::string& why) {
  trouble_ = why;
  gap_ = session_->gap();
  session_.reset();
  connection_.reset();
  rooms_.reset(now());
  colorless_.clear();
  colored_answers_.clear();
  for (auto& [ticket, awaited] : std::exchange(tickets_, {}))
    awaited->set(unreachable("the connection was lost before the server had dealt with it: " + why));
  for (auto& [channel, awaited] : std::exchange(joins_, {}))
    awaited->set(unreachable("the connection was lost: " + why));
  for (auto& [nick, awaited] : std::exchange(accounts_, {}))
    awaited->set(unreachable("the connection was lost: " + why));
  changed();
}

void Client::handle(Connection& connection) {
  places_.server(session_->support());
  for (Event& event : session_->take_events())
    on(connection, event);
}

void Client::on(Connection& connection, Event& event) {
  if (std::holds_alternative<Registered>(event)) {
    trouble_ = "connected";
    log_.info(where_, "connected as " + session_->nick());
    changed();
    if (on_registered) on_registered();
  } else if (const auto* spoken = std::get_if<Spoken>(&event)) {
    if (on_spoken) on_spoken(*spoken);
  } else if (const auto* entered = std::get_if<Entered>(&event)) {
    log_.info(where_, "joined " + entered->channel);
    auto [first, last] = joins_.equal_range(channel_id(entered->channel));
    for (auto one = first; one != last; ++one)
      one->second->set(ok());
    joins_.erase(first, last);
    changed();
  } else if (const auto* left = std::get_if<Left>(&event)) {
    log_.info(where_, "left " + left->channel + ": " + left->why);
    changed();
  } else if (const auto* refused = std::get_if<JoinRefused>(&event)) {
    log_.warning(where_, "cannot join " + refused->channel + ": " + refused->why);
    auto [first, last] = joins_.equal_range(channel_id(refused->channel));
    for (auto one = first; one != last; ++one)
      one->second->set(rejected(refused->why));
    joins_.erase(first, last);
    changed();
  } else if (const auto* told = std::get_if<AccountTold>(&event)) {
    auto [first, last] = accounts_.equal_range(told->nick);
    for (auto one = first; one != last; ++one)
      one->second->set(told->account);
    accounts_.erase(first, last);
  } else if (const auto* done = std::get_if<Outbox::Done>(&event)) {
    auto ticket = tickets_.extract(done->ticket);
    if (!ticket.empty()) ticket.mapped()->set(Said{done->refusal});
    unanswered(*done);
  } else if (const auto* noted = std::get_if<Noted>(&event)) {
    log_.warning(where_, noted->text);
  } else if (const auto* ended = std::get_if<Ended>(&event)) {
    connection.end(ended->why);
  }
}

void Client::wake() {
  if (connection_) connection_->nap.cancel();
}

void Client::changed() {
  for (const auto& watcher : std::exchange(watchers_, {}))
    watcher->set(true);
}

asio::awaitable<bool> Client::wait_for(std::function<bool()> condition, Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return false;
    const auto watcher = std::make_shared<Awaited<bool>>(executor_);
    watchers_.push_back(watcher);
    co_await watcher->wait(left);
  }
  co_return true;
}

std::string_view Client::command_for(std::string_view target) const {
  return settings_.notice_on_channel && is_channel(target) ? "NOTICE" : "PRIVMSG";
}

Client::Lines Client::lines(const std::string& target, const chat::Text& text, bool pack) const {
  Rendering rendering{.most_octets = session_->room(command_for(target), target), .pack = pack};
  rendering.colors = settings_.colors && !colorless_.contains(channel_id(target));
  Lines made;
  made.texts = lines_of(text, rendering);
  made.colored = std::any_of(made.texts.begin(), made.texts.end(), has_color);
  return made;
}

Task<Client::Said> Client::say(Outbox::Rank rank, std::string target, chat::Text text) {
  const bool there =
      co_await wait_for([this] { return connected(); }, running_ ? connection_wait : Duration(0));
  if (!there) co_return unreachable(net::name_of(settings_.peer) + ": not connected: " + trouble_);
  if (is_channel(target)) {
    co_await wait_for([this, &target] { return !connected() || !rooms_.entering(channel_id(target)); },
                      entry_wait);
    if (!connected()) co_return unreachable(net::name_of(settings_.peer) + ": not connected: " + trouble_);
    if (!rooms_.inside(channel_id(target))) {
      const std::string why = rooms_.trouble(channel_id(target));
      co_return Said{why.empty() ? "not in the channel" : "not in the channel: " + why};
    }
  }
  const Lines said_lines = lines(target, text, false);
  const auto ticket = session_->say(rank, command_for(target), target, said_lines.texts);
  const auto awaited = std::make_shared<Awaited<Result<Said>>>(executor_);
  tickets_.emplace(ticket, awaited);
  wake();
  auto said = co_await awaited->wait(say_limit);
  if (!said && session_ && session_->withdraw(ticket)) {  // without an answer it is still the same session
    tickets_.erase(ticket);
    co_return unreachable(net::name_of(settings_.peer) + ": not said within 3 minutes");
  }
  if (!said) said = co_await awaited->wait(written_limit);
  std::erase_if(tickets_, [&](const auto& one) { return one.second == awaited; });
  if (!said) co_return unreachable(net::name_of(settings_.peer) + ": no answer within 8 minutes");
  if (*said && said_lines.colored && may_be_about_colors((*said)->refusal)) {
    const std::string id = channel_id(target);
    colorless_.insert(id);
    auto again = co_await say(rank, std::move(target), std::move(text));
    if (!again || !again->refusal.empty()) colorless_.erase(id);  // it was about something else
    co_return again;
  }
  co_return *said;
}

void Client::answer(const std::string& target, const chat::Text& text) {
  if (!connected()) return;
  const Lines made = lines(target, text, true);
  const auto ticket = session_->say(Outbox::Rank::answer, command_for(target), target, made.texts);
  if (made.colored) colored_answers_.emplace(ticket, std::pair(target, text));
  wake();
}

// The answer was not taken: once more without colours, where it had some.
void Client::unanswered(const Outbox::Done& done) {
  const auto found = colored_answers_.extract(done.ticket);
  if (found.empty() || !may_be_about_colors(done.refusal)) return;
  const auto& [target, text] = found.mapped();
  colorless_.insert(channel_id(target));
  answer(target, text);
}

void Client::notice(const std::string& nick, const std::string& text) {
  if (!connected()) return;
  session_->say(Outbox::Rank::answer, "NOTICE", nick, {text});
  wake();
}

void Client::act(const std::string& target, const std::string& words) {
  if (!connected()) return;
  std::string text = "\x01";
  text += "ACTION " + harmless(words) + "\x01";
  session_->say(Outbox::Rank::answer, "PRIVMSG", target, {std::move(text)});
  wake();
}

void Client::want(const std::string& channel, const std::string& key) {
  rooms_.want(channel_id(channel), channel, key, now());
}

Task<void> Client::join(std::string channel, std::string key) {
  if (!is_channel_name(channel) || !is_channel(channel))
    co_return rejected("that is not the name of a channel");
  if (!key.empty() && !is_key(key)) co_return rejected("that is not a key");
  if (!connected()) co_return unreachable("not connected");
  const std::string id = channel_id(channel);
  if (rooms_.inside(id)) co_return ok();
  const bool wanted_before = rooms_.wanted(id);
  want(channel, key);
  const auto awaited = std::make_shared<Awaited<Result<void>>>(executor_);
  joins_.emplace(id, awaited);
  wake();
  const auto joined = co_await awaited->wait(join_limit);
  if (joined && *joined) co_return ok();
  if (!wanted_before) rooms_.forget(id);
  if (!joined) {
    std::erase_if(joins_, [&](const auto& one) { return one.second == awaited; });
    co_return unreachable("no answer of the server");
  }
  co_return *joined;
}

Result<void> Client::leave(std::string_view channel) {
  const std::string id = channel_id(channel);
  if (!rooms_.wanted(id)) return rejected("I am not there");
  const bool inside = rooms_.inside(id);
  rooms_.forget(id);
  if (inside && connected()) {
    session_->part(std::string(channel));
    wake();
  }
  changed();
  return ok();
}

Task<std::string> Client::account_of(std::string nick) {
  if (!connected()) co_return unreachable("not connected");
  if (const auto known = session_->known_account(nick)) co_return *known;
  const auto awaited = std::make_shared<Awaited<Result<std::string>>>(executor_);
  accounts_.emplace(places_.support().folded(nick), awaited);
  session_->ask_account(nick);
  wake();
  const auto told = co_await awaited->wait(account_limit);
  if (told) co_return *told;
  std::erase_if(accounts_, [&](const auto& one) { return one.second == awaited; });
  co_return unreachable("the server does not tell your account");
}

bool Client::is_operator(std::string_view channel, std::string_view nick) const {
  if (!connected()) return false;
  const Support& support = session_->support();
  const auto symbols = session_->members().symbols(support.folded(channel), support.folded(nick));
  return symbols && support.is_operator(*symbols);
}

}  // namespace carillon::reporter::irc
