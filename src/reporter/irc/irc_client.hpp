// Stays connected to a server: drives one Session after the other over a stream.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "chat/text.hpp"
#include "reporter/irc/irc_places.hpp"
#include "reporter/irc/irc_session.hpp"
#include "reporter/irc/irc_settings.hpp"
#include "reporter/irc/irc_wait.hpp"
#include "transport/stream.hpp"

namespace carillon::reporter::irc {

class Client : public std::enable_shared_from_this<Client> {
 public:
  using Duration = std::chrono::milliseconds;

  // log outlives the client. Throws std::runtime_error when caFile cannot be read.
  Client(asio::any_io_executor executor, std::shared_ptr<const IrcSettings> settings, const Log& log);

  // Connects, and again whenever it is lost, until cancelled; says goodbye then. Once.
  asio::awaitable<void> run();

  // Called for every message of others.
  std::function<void(const Spoken&)> on_spoken;

  // Called when the server has let us in, the first time too.
  std::function<void()> on_registered;

  // Says it and waits until the server has dealt with it, in bounded time. Failure: unreachable, when there
  // is no connection, or it ended before.
  struct Said {
    // Why nobody got it: what the server said, or that we are not in the channel.
    std::string refusal;
  };
  Task<Said> say(Outbox::Rank rank, std::string target, chat::Text text);

  // Says it when that is possible; an answer to somebody who is waiting for it. Its lines share lines.
  void answer(const std::string& target, const chat::Text& text);
  // Lines of answers that the server's pace holds back.
  std::size_t unsaid_answers() const { return session_ ? session_->unsaid(Outbox::Rank::answer) : 0; }
  void act(const std::string& target, const std::string& words);
  // A CTCP answer.
  void notice(const std::string& nick, const std::string& text);

  // Whether the channel is one that we want to be in. By any spelling.
  bool wants(std::string_view channel) const { return rooms_.wanted(places_.support().folded(channel)); }
  void want(const std::string& channel, const std::string& key);

  // Joins a channel and waits for the answer. Failure: rejected, with the server's words; unreachable.
  Task<void> join(std::string channel, std::string key);
  // Leaves it. Failure: rejected, when we are not to be there anyway.
  Result<void> leave(std::string_view channel);

  // The services account of the nick, "" for none.
  Task<std::string> account_of(std::string nick);
  bool is_operator(std::string_view channel, std::string_view nick) const;

  bool is_channel(std::string_view name) const { return places_.support().is_channel(name); }
  const Places& places() const { return places_; }
  std::string nick() const { return session_ ? session_->nick() : settings_.identity.nick; }

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;
  asio::awaitable<bool> live();
  asio::awaitable<void> read(ConnectionPtr connection);
  asio::awaitable<void> write(ConnectionPtr connection);
  void start_writer(const ConnectionPtr& connection);
  asio::awaitable<void> goodbye(ConnectionPtr connection);
  void finish(const std::string& why);
  void handle(Connection& connection);
  void on(Connection& connection, Event& event);
  void wake();
  bool connected() const { return session_ && session_->registered(); }
  std::string channel_id(std::string_view channel) const { return places_.support().folded(channel); }
  struct Lines {
    std::vector<std::string> texts;
    bool colored = false;
  };
  Lines lines(const std::string& target, const chat::Text& text, bool pack) const;
  void unanswered(const Outbox::Done& done);
  std::string_view command_for(std::string_view target) const;
  asio::awaitable<bool> wait_for(std::function<bool()> condition, Duration limit);
  void changed();
  Duration pause(bool was_in);

  asio::any_io_executor executor_;
  std::shared_ptr<const IrcSettings> kept_settings_;
  const IrcSettings& settings_;
  const Log& log_;
  // In the log.
  const std::string where_;
  net::Trust trust_;
  Places places_;
  Rooms rooms_;
  std::optional<Session> session_;
  ConnectionPtr connection_;
  bool running_ = false;
  Millis gap_ = Outbox::first_gap;
  std::string trouble_ = "not connected yet";
  std::mt19937 random_{std::random_device{}()};
  std::map<Outbox::Ticket, AwaitedPtr<Result<Said>>> tickets_;
  // Under way: target, text.
  std::map<Outbox::Ticket, std::pair<std::string, chat::Text>> colored_answers_;
  // channel_id() of those that take no colours (+c), of this connection.
  std::set<std::string> colorless_;
  // By channel_id().
  std::multimap<std::string, AwaitedPtr<Result<void>>> joins_;
  // By folded nick.
  std::multimap<std::string, AwaitedPtr<Result<std::string>>> accounts_;
  // Of any change.
  std::vector<AwaitedPtr<bool>> watchers_;
};

}  // namespace carillon::reporter::irc
