#include "reporter/irc/irc_session.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/encoding.hpp"
#include "reporter/irc/irc_text.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr std::size_t max_why = 300;

// What a server or a person said, for logs and error texts.
std::string shown(std::string_view text) {
  return ellipsize(fold_to_line(harmless(text)), max_why);
}

std::string_view last_of(const Line& line) {
  return line.params.empty() ? std::string_view() : std::string_view(line.params.back());
}

bool is_numeric(std::string_view command) {
  return command.size() == 3 &&
         std::all_of(command.begin(), command.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Errors of JOIN: no such channel, too many of them, juped, full, invite only, banned, bad key, bad name, for
// registered nicks, for TLS, and others of that kind.
bool is_join_refusal(std::string_view command) {
  static constexpr std::array<std::string_view, 16> all = {"403", "405", "407", "437", "470", "471",
                                                           "473", "474", "475", "476", "477", "479",
                                                           "480", "489", "495", "520"};
  return std::find(all.begin(), all.end(), command) != all.end();
}

}  // namespace

Session::Session(const Identity& identity, Rooms& rooms, Millis gap, Millis now)
    : identity_(identity),
      rooms_(rooms),
      registration_(identity),
      nick_(identity.nick),
      started_(now),
      heard_at_(now) {
  outbox_.set_gap(gap);
  rooms_.reset(now);
  for (const std::string& line : registration_.start())
    urgent_ += line;
}

void Session::received(std::string_view bytes, Millis now) {
  if (ended_) return;
  heard_at_ = now;
  reader_.add(bytes);
  while (const auto text = reader_.next()) {
    if (const auto line = parse(*text)) hear(*line, now);
    if (ended_) return;
  }
  for (Outbox::Done& done : outbox_.take_done())
    events_.emplace_back(std::move(done));
}

void Session::tick(Millis now) {
  if (ended_) return;
  for (Outbox::Done& done : outbox_.take_done())
    events_.emplace_back(std::move(done));
  if (!registered_) {
    if (now - started_ >= registration_time) end("the server did not let us in within 60 s");
    if (now - started_ < capability_time) return;
    for (const std::string& line : registration_.hurry())
      urgent_ += line;
    return;
  }
  if (const auto since = outbox_.unanswered_since(); since && now - *since >= answer_time) {
    return end("no answer of the server for 120 s");
  }
  if (now - heard_at_ >= quiet_time && !outbox_.unanswered_since()) outbox_.ping();
  if (!joining_ && now - welcome_at_ >= motd_time) joining_ = true;
  if (joining_) {
    for (std::string& line : rooms_.ask(now, support_.join_targets))
      control(std::move(line));
  }
  regain(now);
}

Millis Session::wake_at(Millis now) const {
  if (ended_) return now;
  if (!registered_)
    return started_ + (registration_.waits_for_capabilities() ? capability_time : registration_time);
  Millis at = heard_at_ + quiet_time;
  if (const auto since = outbox_.unanswered_since()) at = *since + answer_time;
  if (const auto next = outbox_.next_at(now)) at = std::min(at, *next);
  if (!joining_) {
    at = std::min(at, welcome_at_ + motd_time);
  } else if (const auto next = rooms_.next_at()) {
    at = std::min(at, *next);
  }
  if (!is_me(identity_.nick)) at = std::min(at, regain_at_);
  return at;
}

std::string Session::output(Millis now) {
  if (ended_) return {};
  std::string out = std::exchange(urgent_, {});
  if (registered_) out += outbox_.take(now);
  return out;
}

std::vector<Event> Session::take_events() {
  return std::exchange(events_, {});
}

Outbox::Ticket Session::say(Outbox::Rank rank, std::string_view command, const std::string& target,
                            const std::vector<std::string>& texts) {
  std::vector<std::string> lines;
  Line line;
  line.command = command;
  for (const std::string& text : texts) {
    line.params = {target, text};
    lines.push_back(format(line));
  }
  return outbox_.add(rank, support_.folded(target), std::move(lines));
}

void Session::part(const std::string& channel) {
  control(format("PART", {channel}));
}

void Session::ask_account(const std::string& nick) {
  if (asked_accounts_.emplace(support_.folded(nick), "").second) control(format("WHOIS", {nick}));
}

std::string Session::quit(std::string_view words) const {
  Line line;
  line.command = "QUIT";
  line.params = {std::string(words)};
  return format(line);
}

std::optional<std::string> Session::known_account(std::string_view nick) const {
  // Without these the server says nothing when somebody logs out, or comes logged in.
  if (!has("account-notify") || !has("extended-join")) return std::nullopt;
  return members_.account(support_.folded(nick));
}

std::size_t Session::room(std::string_view command, std::string_view target) const {
  return room_for(command, target, nick_, own_source_);
}

void Session::control(std::string line) {
  std::vector<std::string> lines;
  lines.push_back(std::move(line));
  outbox_.add(Outbox::Rank::control, "", std::move(lines));
}

void Session::end(std::string why) {
  ended_ = true;
  events_.emplace_back(Ended{std::move(why), false});
}

void Session::hear(const Line& line, Millis now) {
  if (line.command == "PING") {
    Line pong;
    pong.command = "PONG";
    pong.params = {std::string(last_of(line))};
    urgent_ += format(pong);
    return;
  }
  if (line.command == "ERROR") {
    const std::string text = shown(last_of(line));
    end("closed by the server: " + text);
    std::string words = fold_ascii(text);
    std::get<Ended>(events_.back()).flooded = words.find("flood") != std::string::npos;
    if (std::get<Ended>(events_.back()).flooded) outbox_.flooded();
    return;
  }
  if (!registered_) {
    for (const std::string& answer : registration_.hear(line))
      urgent_ += answer;
    if (registration_.state() == Registration::State::failed) return end(shown(registration_.failure()));
    if (registration_.state() == Registration::State::done) on_welcome(now);
    return;
  }
  if (line.command == "PONG") {
    outbox_.pong(last_of(line));
  } else if (line.command == "PRIVMSG") {
    hear_message(line);
  } else if (is_numeric(line.command)) {
    hear_numeric(line, now);
  } else {
    hear_people(line, now);
  }
}

void Session::on_welcome(Millis now) {
  registered_ = true;
  welcome_at_ = now;
  outbox_.begin(now);
  nick_ = registration_.nick();
  regain_at_ = now + regain_interval;
  if (!registration_.note().empty()) events_.emplace_back(Noted{shown(registration_.note())});
  if (!is_me(identity_.nick)) {
    events_.emplace_back(Noted{"the nick '" + identity_.nick + "' is taken: '" + shown(nick_) + "' for now"});
  }
  identify();
  events_.emplace_back(Registered{});
}

void Session::identify() {
  if (identity_.password.empty() || registration_.logged_in()) return;
  Line line;
  line.command = "PRIVMSG";
  const std::string& user = identity_.sasl_user.empty() ? identity_.nick : identity_.sasl_user;
  line.params = {"NickServ", "IDENTIFY " + (is_me(user) ? "" : user + " ") + identity_.password.reveal()};
  control(format(line));
}

void Session::on_own_nick(const std::string& nick, Millis now) {
  nick_ = nick;
  if (!own_source_.empty()) {
    const auto bang = own_source_.find('!');
    own_source_ = nick + (bang == std::string::npos ? "" : own_source_.substr(bang));
  }
  regain_at_ = now + regain_interval;
  events_.emplace_back(Noted{"the nick is '" + shown(nick) + "' now"});
  if (is_me(identity_.nick)) identify();
}

void Session::regain(Millis now) {
  if (now < regain_at_ || is_me(identity_.nick)) return;
  regain_at_ = now + regain_interval;
  // Cut by the server: there is nothing to regain.
  if (support_.nick_length > 0 && identity_.nick.size() > support_.nick_length &&
      is_me(std::string_view(identity_.nick).substr(0, support_.nick_length)))
    return;
  control(format("NICK", {identity_.nick}));
}

void Session::hear_numeric(const Line& line, Millis now) {
  const std::string& code = line.command;
  const std::string about = support_.folded(line.param(1));
  if (code == "005") {
    if (line.params.size() <= 2) return;
    support_.read({line.params.begin() + 1, line.params.end() - 1});
    rooms_.refold(support_);
  } else if (code == "376" || code == "422") {
    joining_ = true;
  } else if (code == "353") {
    const std::string channel = support_.folded(line.param(2));
    for (std::string_view names = line.param(3); !names.empty();) {
      const std::string_view name = names.substr(0, names.find(' '));
      members_.listed(channel, name, support_);
      names.remove_prefix(std::min(name.size() + 1, names.size()));
    }
  } else if (code == "330") {
    const auto asked = asked_accounts_.find(about);
    if (asked != asked_accounts_.end()) asked->second = line.param(2);
  } else if (code == "318") {
    const auto asked = asked_accounts_.find(about);
    if (asked == asked_accounts_.end()) return;
    events_.emplace_back(AccountTold{asked->first, asked->second});
    asked_accounts_.erase(asked);
  } else if (code == "396") {
    const auto at = own_source_.find('@');
    const std::string_view host = line.param(1);
    if (at != std::string::npos && !host.empty()) {
      own_source_ = host.find('@') == std::string_view::npos
                        ? own_source_.substr(0, at + 1) + std::string(host)
                        : nick_ + "!" + std::string(host);
    }
  } else if (code.front() == '4' || code.front() == '5' || code == "716") {
    const std::string why = code + " " + shown(last_of(line));
    if (code == "470") leave_where_forwarded(support_.folded(line.param(2)), line.param(2));
    if (is_join_refusal(code) && rooms_.wanted(about) && !rooms_.inside(about)) {
      rooms_.refused(about, why, now);
      events_.emplace_back(JoinRefused{std::string(line.param(1)), why});
    }
    outbox_.refused(about, why);
  }
}

// 470 comes before the JOIN, or after it.
void Session::leave_where_forwarded(const std::string& channel, std::string_view name) {
  if (!support_.is_channel(channel) || rooms_.wanted(channel)) return;
  if (members_.symbols(channel, support_.folded(nick_))) {
    part(std::string(name));
  } else {
    forwarded_.insert(channel);
  }
}

void Session::hear_people(const Line& line, Millis now) {
  const std::string nick = source_of(line.source).nick;
  const std::string who = support_.folded(nick);
  const std::string channel = support_.folded(line.param(0));
  const bool mine = who == support_.folded(nick_);
  if (line.command == "JOIN") {
    if (mine) {
      own_source_ = line.source;
      members_.open(channel);
      rooms_.entered(channel, now);
      if (forwarded_.erase(channel) > 0 && !rooms_.wanted(channel)) {
        part(std::string(line.param(0)));
      } else {
        events_.emplace_back(Entered{std::string(line.param(0))});
      }
    }
    members_.joined(channel, who);
    if (has("extended-join") && line.params.size() >= 3)
      members_.account(who, line.param(1) == "*" ? "" : std::string(line.param(1)));
  } else if (line.command == "PART" || line.command == "KICK") {
    const bool kick = line.command == "KICK";
    const std::string gone = kick ? support_.folded(line.param(1)) : who;
    if (gone != support_.folded(nick_)) return members_.left(channel, gone);
    members_.close(channel);
    const std::string why = kick ? "kicked by " + shown(nick) + ": " + shown(line.param(2)) : "parted";
    rooms_.left(channel, why, now);
    events_.emplace_back(Left{std::string(line.param(0)), why});
  } else if (line.command == "QUIT") {
    members_.quit(who);
    if (who == support_.folded(identity_.nick)) regain_at_ = std::min(regain_at_, now);
  } else if (line.command == "NICK") {
    const std::string to = support_.folded(line.param(0));
    if (to.empty()) return;
    members_.renamed(who, to);
    if (mine) return on_own_nick(std::string(line.param(0)), now);
    // A WHOIS that is under way would tell of somebody else.
    if (const auto asked = asked_accounts_.find(who); asked != asked_accounts_.end()) {
      asked_accounts_.erase(asked);
      events_.emplace_back(AccountTold{who, ""});
    }
    if (who == support_.folded(identity_.nick)) regain_at_ = std::min(regain_at_, now);
    events_.emplace_back(Renamed{who, to});
  } else if (line.command == "MODE") {
    if (line.params.size() > 1)
      members_.mode(channel, {line.params.begin() + 1, line.params.end()}, support_);
  } else if (line.command == "ACCOUNT") {
    members_.account(who, line.param(0) == "*" ? "" : std::string(line.param(0)));
  }
}

void Session::hear_message(const Line& line) {
  const std::string nick = source_of(line.source).nick;
  if (nick.empty() || !is_nick(nick) || is_me(nick) || line.params.size() < 2) return;
  Spoken spoken{nick, line.params[0], line.params[1], std::nullopt};
  // "@#dev" is for the operators of #dev
  while (!support_.is_channel(spoken.target) && spoken.target.size() > 1 &&
         support_.prefix_symbols.find(spoken.target.front()) != std::string::npos)
    spoken.target.erase(0, 1);
  if (has("account-tag")) {
    const auto tag = line.tags.find("account");
    spoken.account = tag == line.tags.end() ? "" : tag->second;
  }
  events_.emplace_back(std::move(spoken));
}

}  // namespace carillon::reporter::irc
