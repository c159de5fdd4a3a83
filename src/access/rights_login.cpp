// Logging in and out.
#include <algorithm>

#include "access/password_hash.hpp"
#include "access/rights.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"

namespace carillon::access {
namespace {

constexpr Millis proof_lasts = Millis{5} * 60 * 1000;
constexpr std::size_t most_proofs = 1000;
constexpr std::chrono::seconds when_busy{2};
constexpr int most_in_line = 8;
constexpr std::chrono::milliseconds line_moves{20};

// Each login has a cookie of its own: two tabs may log in at once.
std::string way_cookie(std::string_view state) {
  constexpr std::size_t enough = 8;
  const std::string_view part = state.substr(0, enough);
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const bool is_plain = part.find_first_not_of(plain) == std::string_view::npos;
  return is_plain ? "login-" + std::string(part) : "login-";
}

std::chrono::seconds seconds_of(Millis millis) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(millis));
}

// A path of ours, whatever was asked for: nobody is led to another site.
std::string safe_path(const std::string& to) {
  constexpr std::size_t longest = 2000;
  const bool odd = to.find('\\') != std::string::npos || to != visible(to) || to.size() > longest;
  if (odd || !to.starts_with('/') || to.starts_with("//") || to.starts_with("/login")) return "/";
  return to;
}

Step refusal_step(std::string error, std::optional<std::chrono::seconds> wait = std::nullopt) {
  Step step;
  step.error = std::move(error);
  step.wait = wait;
  return step;
}

}  // namespace

Login Rights::login() const {
  if (house_->passwords) return Login::form;
  return house_->openid ? Login::elsewhere : Login::none;
}

std::string Rights::hint(Role needed) const {
  if (const auto* forwarded = house_->forwarded()) {
    return "the proxy in front has to say who asks, in the header " + forwarded->header + " (doc/access.md)";
  }
  if (!house_->open && needed <= Role::viewer)
    return "c['www']['auth'] says how people log in; without it 'roles': {'anonymous': 'viewer'} lets all "
           "look "
           "(doc/access.md)";
  return "say in c['www']['auth'] and in ['roles'] who may do that (doc/access.md)";
}

std::vector<std::string> Rights::challenges(const web::Head& head) const {
  std::vector<std::string> ways = {"Bearer realm=\"carillon\""};
  // A browser would ask with a window of its own, and never forget.
  if (!head.headers.contains("sec-fetch-mode") && (house_->passwords || !house_->settings.tokens.empty()))
    ways.emplace_back("Basic realm=\"carillon\", charset=\"UTF-8\"");
  return ways;
}

asio::awaitable<Step> Rights::tried(HousePtr house, std::string address, std::string user,
                                    std::string password) {
  constexpr const char* busy = "too many log in at once: try again in a moment";
  // One after the other, so that each knows how many of this address were wrong before it.
  if (std::ranges::count(in_line_, address) >= most_in_line) co_return refusal_step(busy, when_busy);
  const auto place = in_line_.insert(in_line_.end(), address);
  const std::shared_ptr<void> leave(this, [this, place](void*) { in_line_.erase(place); });
  while (std::ranges::find(in_line_, address) != place)
    co_await sleep_for(line_moves);
  const std::string shown = user + "\n" + password;
  if (const auto wait = password_guesses_.shut_out(address, std::chrono::steady_clock::now())) {
    co_return refusal_step(
        "too many wrong passwords from " + address + ": wait " + std::to_string(wait->count()) + " seconds",
        wait);
  }
  const auto answer = co_await house->passwords->check(user, std::move(password));
  if (answer == Passwords::Answer::right) co_return Step{};
  if (answer == Passwords::Answer::busy) co_return refusal_step(busy, when_busy);
  password_guesses_.wrong(address, shown, std::chrono::steady_clock::now());
  // A name that is not known may be a password in the wrong field.
  const bool known = !house->passwords->mark_of(user).empty();
  tell(password_guesses_, address,
       known ? "shows a wrong password of " + user : "shows a name and password that are none");
  co_return refusal_step("the name or the password is wrong");
}

asio::awaitable<Caller> Rights::prove(web::Head head) {
  co_await sessions_.load();
  const HousePtr house = house_;
  Caller known = caller(head);
  const auto shown = shown_in(head.authorization);
  if (!known.unproved || !shown || !shown->basic || !house->passwords) {
    known.unproved = false;
    co_return known;
  }
  const Step step = co_await tried(house, known.address, shown->user, shown->password);
  known.unproved = false;
  known.wait = step.wait;
  known.trouble = step.error;
  if (!step.error.empty()) co_return known;
  if (proofs_.size() >= most_proofs) proofs_.clear();
  proofs_.insert_or_assign(
      hmac_sha256(key_, head.authorization),
      Proof{shown->user, house->passwords->mark_of(shown->user), around_.clock.now() + proof_lasts});
  known.who = shown->user;
  known.role = house->roles.of(known.who, {});
  known.program = true;
  co_return known;
}

asio::awaitable<Step> Rights::enter(HousePtr house, Session session, std::string to) {
  session.by = house->by;
  const std::string id = co_await sessions_.begin(std::move(session));
  Step step;
  step.to = safe_path(to);
  step.cookies.push_back(house->cookie("", id, seconds_of(Sessions::longest)));
  co_return step;
}

asio::awaitable<Step> Rights::log_in(web::Head head, std::string user, std::string password, std::string to) {
  const HousePtr house = house_;
  if (!house->passwords) co_return co_await Access::log_in(std::move(head), "", "", "");
  const std::string address = house->peers.address_of(head);
  Step step = co_await tried(house, address, user, std::move(password));
  if (!step.error.empty()) co_return step;
  co_await sessions_.end(cookie_of(head, house->cookie_name()));
  around_.log.info("access", user + " logged in from " + address);
  Session session;
  session.mark = house->passwords->mark_of(user);
  session.user = std::move(user);
  co_return co_await enter(house, std::move(session), std::move(to));
}

asio::awaitable<Step> Rights::go_elsewhere(web::Head head, std::string to) {
  const HousePtr house = house_;
  if (!house->openid) co_return co_await Access::go_elsewhere(std::move(head), "");
  auto begun = co_await house->openid->begin(safe_path(to));
  if (!begun) {
    tell(password_guesses_, house->peers.address_of(head), "cannot log in: " + begun.error().what);
    co_return refusal_step(begun.error().what);
  }
  Step step;
  step.to = std::move(begun->address);
  step.elsewhere = true;
  step.cookies.push_back(
      house->cookie(way_cookie(begun->state), begun->ticket, seconds_of(OpenId::patience)));
  co_return step;
}

asio::awaitable<Step> Rights::come_back(web::Head head, Answer answer) {
  const HousePtr house = house_;
  if (!house->openid) co_return co_await Access::come_back(std::move(head), {});
  const std::string address = house->peers.address_of(head);
  const std::string way = way_cookie(answer.state);
  const std::string ticket(cookie_of(head, house->cookie_name(way)));
  auto finished = co_await house->openid->finish(
      ticket, CameBack{std::move(answer.code), std::move(answer.state), std::move(answer.issuer),
                       std::move(answer.error), std::move(answer.error_description)});
  if (!finished) {
    tell(password_guesses_, address, "cannot log in: " + finished.error().what);
    co_return refusal_step(finished.error().what);
  }
  co_await sessions_.end(cookie_of(head, house->cookie_name()));
  around_.log.info("access",
                   finished->person.user + " logged in from " + address + " by " + house->openid->issuer());
  Session session;
  session.user = std::move(finished->person.user);
  session.groups = std::move(finished->person.groups);
  Step step = co_await enter(house, std::move(session), finished->to);
  step.cookies.push_back(house->cookie(way, "", std::chrono::seconds(0)));
  co_return step;
}

asio::awaitable<Step> Rights::log_out(web::Head head) {
  const HousePtr house = house_;
  co_await sessions_.end(cookie_of(head, house->cookie_name()));
  Step step;
  step.to = "/";
  step.cookies.push_back(house->cookie("", "", std::chrono::seconds(0)));
  co_return step;
}

}  // namespace carillon::access
