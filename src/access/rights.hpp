// The rights of a configuration: who asks, what he or she may, and how people log in and out.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "access/access.hpp"
#include "access/house.hpp"
#include "access/pace.hpp"
#include "access/sessions.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "settings/configuration.hpp"
#include "store/key_value.hpp"
#include "transport/http.hpp"
#include "web/guesses.hpp"

namespace carillon::access {

// Lasts from one configuration to the next. Everything on the io_context thread.
class Rights final : public Access {
 public:
  struct Around {
    asio::any_io_executor io;
    http::Client& http;
    const Clock& clock;
    const Log& log;
    // Null as long as there is no store.
    std::function<store::KeyValue*()> memory;
  };
  explicit Rights(Around around);
  ~Rights() override;

  // A configuration that check_access() has found well. Sessions of people who are no longer known end.
  void apply(const settings::Configuration& configuration);

  Caller caller(const web::Head& head) override;
  asio::awaitable<Caller> prove(web::Head head) override;
  bool still(const Caller& then, const web::Head& head, Role needed) override;
  std::optional<std::chrono::seconds> too_often(const Caller& caller) override;
  std::optional<std::string> forged(const Caller& caller, const web::Head& head,
                                    std::string_view token) const override;
  Login login() const override;
  asio::awaitable<Step> log_in(web::Head head, std::string user, std::string password,
                               std::string to) override;
  asio::awaitable<Step> go_elsewhere(web::Head head, std::string to) override;
  asio::awaitable<Step> come_back(web::Head head, Answer answer) override;
  asio::awaitable<Step> log_out(web::Head head) override;
  std::string hint(Role needed) const override;
  std::vector<std::string> challenges(const web::Head& head) const override;
  bool is_private() const override { return house_->settings.privacy; }

 private:
  using HousePtr = std::shared_ptr<const House>;
  // A password of Basic that was right: it is not computed again for a while.
  struct Proof {
    std::string user;
    std::string mark;
    Millis until = 0;
  };

  Caller with_token(const House& house, Caller caller, std::string_view shown, bool in_address);
  Caller with_password(const House& house, Caller caller, const Shown& shown, const web::Head& head);
  Caller with_session(const House& house, Caller caller, const web::Head& head);
  static std::optional<Shown> shown_to_us(const House& house, const web::Head& head);
  // null: it was not right, or is none any more. It may be old.
  const Proof* proof_of(const House& house, const web::Head& head) const;
  Caller known_by(const House& house, const web::Head& head) const;
  Caller forwarded(const House& house, Caller caller, const web::Head& head) const;
  Caller anonymous(const House& house, Caller caller, const web::Head& head) const;
  bool counts(const House& house, const Session& session) const;
  std::string form_token(std::string_view of) const;
  asio::awaitable<Step> enter(HousePtr house, Session session, std::string to);
  // A password that was tried: the step's error says why not.
  asio::awaitable<Step> tried(HousePtr house, std::string address, std::string user, std::string password);
  void tell(web::Guesses& guesses, const std::string& address, const std::string& what);
  asio::awaitable<void> sweep(std::weak_ptr<const bool> alive);

  Around around_;
  asio::thread_pool workers_;
  HousePtr house_;
  Sessions sessions_;
  web::Guesses token_guesses_;
  web::Guesses password_guesses_;
  // Of those whom nobody knows.
  Pace pace_;
  // Addresses whose passwords are looked at, or wait for their turn.
  std::list<std::string> in_line_;
  // By a digest of what Basic showed.
  std::map<std::string, Proof, std::less<>> proofs_;
  // Of tickets, of forms without a session, of those digests.
  std::string key_;
  // Gone with it.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace carillon::access
