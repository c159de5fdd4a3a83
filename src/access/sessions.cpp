#include "access/sessions.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon::access {
namespace {

constexpr const char* owner = "(access)";
constexpr std::string_view prefix = "session/";
// So often at most it is written that a session is in use.
constexpr Millis save_every = Millis{10} * 60 * 1000;

std::string session_key(std::string_view digest) {
  return std::string(prefix) + std::string(digest);
}

json::object kept_form(const Session& session) {
  json::object kept;
  kept["user"] = session.user;
  json::array groups;
  for (const std::string& group : session.groups)
    groups.emplace_back(group);
  kept["groups"] = std::move(groups);
  kept["by"] = session.by;
  kept["mark"] = session.mark;
  kept["begun"] = session.begun;
  kept["seen"] = session.seen;
  return kept;
}

Session session_of(const json::object& kept) {
  Session session;
  session.user = text_at(kept, "user");
  if (const json::array* groups = array_at(kept, "groups")) {
    for (const json::value& group : *groups) {
      if (group.is_string()) session.groups.emplace_back(group.as_string());
    }
  }
  session.by = text_at(kept, "by");
  session.mark = text_at(kept, "mark");
  session.begun = integer_at(kept, "begun").value_or(0);
  session.seen = integer_at(kept, "seen").value_or(0);
  return session;
}

}  // namespace

bool Sessions::outlived(const Session& session) const {
  const Millis now = clock_.now();
  return now - session.seen > idle || now - session.begun > longest;
}

asio::awaitable<void> Sessions::load() {
  if (loaded_) co_return;
  store::KeyValue* memory = memory_();
  if (memory == nullptr) co_return;
  const auto forgotten = co_await memory->forget(owner, std::string(prefix), clock_.now() - idle);
  if (!forgotten) log_.warning("access", "cannot forget old sessions: " + forgotten.error().what);
  auto kept = co_await memory->recall(owner, std::string(prefix));
  if (std::exchange(loaded_, true)) co_return;
  if (!kept) {
    log_.warning("access",
                 "people have to log in again, their sessions cannot be read: " + kept.error().what);
    co_return;
  }
  for (const auto& [key, value] : *kept) {
    if (!value.is_object()) continue;
    Session session = session_of(value.get_object());
    if (outlived(session) || session.user.empty()) continue;
    const Millis saved = session.seen;
    sessions_.try_emplace(key.substr(prefix.size()), Entry{std::move(session), saved});
  }
}

const Session* Sessions::find(std::string_view id) {
  if (id.empty()) return nullptr;
  const auto found = sessions_.find(hex_encode(sha256(id)));
  if (found == sessions_.end()) return nullptr;
  Entry& entry = found->second;
  if (outlived(entry.session)) {
    asio::co_spawn(io_, forget(found->first), or_end);
    sessions_.erase(found);
    return nullptr;
  }
  const Millis now = clock_.now();
  entry.session.seen = std::max(entry.session.seen, now);
  if (now - entry.saved > save_every) {
    entry.saved = now;
    asio::co_spawn(io_, save(found->first, entry.session), or_end);
  }
  return &entry.session;
}

const Session* Sessions::peek(std::string_view id) const {
  if (id.empty()) return nullptr;
  const auto found = sessions_.find(hex_encode(sha256(id)));
  return found == sessions_.end() || outlived(found->second.session) ? nullptr : &found->second.session;
}

asio::awaitable<std::string> Sessions::begin(Session session) {
  std::string id = random_text();
  session.begun = session.seen = clock_.now();
  std::string digest = hex_encode(sha256(id));
  co_await make_room(session.user);
  sessions_.insert_or_assign(digest, Entry{session, session.seen});
  co_await save(std::move(digest), std::move(session));
  co_return id;
}

asio::awaitable<void> Sessions::end(std::string_view id) {
  std::string digest = hex_encode(sha256(id));
  if (sessions_.erase(digest) > 0) co_await forget(std::move(digest));
}

asio::awaitable<void> Sessions::end_where(std::function<bool(const Session&)> is) {
  std::vector<std::string> ended;
  for (const auto& [digest, entry] : sessions_) {
    if (is(entry.session)) ended.push_back(digest);
  }
  for (std::string& digest : ended) {
    sessions_.erase(digest);
    co_await forget(std::move(digest));
  }
}

asio::awaitable<void> Sessions::make_room(const std::string& user) {
  const auto end_oldest = [&](bool of_user) {
    auto oldest = sessions_.end();
    for (auto one = sessions_.begin(); one != sessions_.end(); ++one) {
      if (of_user && one->second.session.user != user) continue;
      if (oldest == sessions_.end() || one->second.session.seen < oldest->second.session.seen) oldest = one;
    }
    std::string digest = oldest->first;
    sessions_.erase(oldest);
    return digest;
  };
  const auto of_user =
      std::ranges::count_if(sessions_, [&](const auto& one) { return one.second.session.user == user; });
  if (static_cast<std::size_t>(of_user) >= most_of_user) {
    co_await forget(end_oldest(true));
  } else if (sessions_.size() >= most) {
    co_await forget(end_oldest(false));
  }
}

asio::awaitable<void> Sessions::save(std::string digest, Session session) {
  store::KeyValue* memory = memory_();
  // It may have ended before this began.
  if (memory == nullptr || !sessions_.contains(digest)) co_return;
  const auto kept = co_await memory->remember(owner, session_key(digest), kept_form(session), session.seen);
  if (!kept)
    log_.warning("access", "a session ends with this process, it cannot be kept: " + kept.error().what);
}

asio::awaitable<void> Sessions::forget(std::string digest) {
  store::KeyValue* memory = memory_();
  if (memory == nullptr) co_return;
  const auto forgotten = co_await memory->remember(owner, session_key(digest), nullptr, clock_.now());
  if (forgotten) {
    unforgotten_.erase(digest);
  } else if (unforgotten_.insert(digest).second) {
    log_.warning("access",
                 "a session that ended cannot be forgotten yet; until it is, it would count again "
                 "after a restart: " +
                     forgotten.error().what);
  }
}

asio::awaitable<void> Sessions::forget_again() {
  const std::set<std::string> all = unforgotten_;
  for (const std::string& digest : all)
    co_await forget(digest);
}

}  // namespace carillon::access
