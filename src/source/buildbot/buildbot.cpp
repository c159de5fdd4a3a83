#include "source/buildbot/buildbot.hpp"

#include <optional>
#include <random>

#include "source/buildbot/backoff.hpp"
#include "source/buildbot/complaints.hpp"
#include "source/buildbot/outage.hpp"
#include "source/buildbot/pages.hpp"
#include "source/buildbot/rest.hpp"
#include "source/buildbot/session.hpp"
#include "source/buildbot/settings.hpp"
#include "source/buildbot/shutdown.hpp"
#include "source/link_state.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr Millis master_was_down = 60'000;  // after so long without a link its workers may be away, too
constexpr std::chrono::seconds longest_asked_pause{600};  // of a Retry-After

class BuildbotMaster final : public Source, public Queries, public Commands {
 public:
  BuildbotMaster(Settings settings, Environment environment)
      : settings_(std::move(settings)),
        environment_(std::move(environment)),
        complaints_(
            std::make_shared<Complaints>("master " + settings_.name, environment_.log, environment_.clock)),
        rest_(settings_, environment_.http, *complaints_, environment_.clock),
        pages_(settings_.public_url),
        shutdown_(settings_, environment_),
        backoff_(std::random_device()()),
        outage_(environment_.clock.now()) {}

  const std::string& name() const override { return settings_.name; }
  const std::string& url() const override { return settings_.public_url; }

  std::string page(std::string_view path) const override { return pages_.at(path); }
  asio::awaitable<void> learn_pages() override { co_await pages_.learn(rest_); }

  Queries* queries() override { return this; }
  Commands* commands() override { return this; }

  Task<json::value> get(std::string path) override { return rest_.get(std::move(path)); }
  Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes) override {
    return rest_.get_up_to(std::move(path), max_bytes);
  }

  Task<json::value> control(std::string path, std::string method, json::object params) override {
    return rest_.control(std::move(path), std::move(method), std::move(params));
  }

  bool can_shut_down(Shutdown what) const override { return shutdown_.can(what); }
  Task<std::string> shutdown(Shutdown what) override { return shutdown_.run(what); }

  asio::awaitable<void> run(Sink& sink) override {
    environment_.log.info("master " + settings_.name, "connecting to " + settings_.url);
    while (true) {
      next_try_ = 0;
      const auto [failure, listened] = co_await one_session(sink);
      const Millis ended = environment_.clock.now();
      if (listened) {
        backoff_.reset();
        heard_at_ = ended;
      }
      const auto asked = failure.retry_after.value_or(std::chrono::seconds(0));
      const auto pause =
          std::max<std::chrono::milliseconds>(backoff_.next(), std::min(asked, longest_asked_pause));
      const auto line = listened ? outage_.lost(failure.what, ended, pause.count())
                                 : outage_.failed(failure.what, ended, pause.count());
      if (line) environment_.log.warning("master " + settings_.name, *line);
      next_try_ = ended + pause.count();
      co_await sleep_for(pause);
    }
  }

  std::optional<LinkState> link_state() const override {
    if (session_ != nullptr && session_->listening_since())
      return LinkState{true, *session_->listening_since(), "", 0};
    return LinkState{false, outage_.since(), outage_.why(), next_try_};
  }

 private:
  // The session is looked at by link_state() while it is there.
  class Shown {
   public:
    Shown(BuildbotMaster& master, const Session& session) : master_(master) { master_.session_ = &session; }
    ~Shown() { master_.session_ = nullptr; }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

   private:
    BuildbotMaster& master_;
  };

  struct Ended {
    Failure failure;
    bool listened;  // the link was up meanwhile
  };
  // Over and gone when it returns: while the next one is waited for, no link is up.
  asio::awaitable<Ended> one_session(Sink& sink) {
    Session session(settings_, environment_, rest_, pages_, complaints_, sink,
                    !heard_at_ || environment_.clock.now() - *heard_at_ > master_was_down);
    const Shown shown(*this, session);
    Failure failure = co_await session.run();
    co_return Ended{std::move(failure), session.listening_since().has_value()};
  }

  Settings settings_;
  Environment environment_;
  std::shared_ptr<Complaints> complaints_;
  Rest rest_;
  Pages pages_;
  ShutDown shutdown_;
  Backoff backoff_;
  Outage outage_;
  const Session* session_ = nullptr;
  Millis next_try_ = 0;
  std::optional<Millis> heard_at_;  // when the last link that worked was lost
};

}  // namespace

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Buildbot";
  schema.arguments = {
      {.name = "url",
       .types = {Type::string},
       .required = true,
       .doc = "address of the master's web service"},
      {.name = "auth",
       .types = {Type::list},
       .doc = "(user, password), for masters that want a login",
       .login = true},
      {.name = "verify",
       .types = {Type::boolean},
       .fallback = {true},
       .doc = "check the certificate and host name of https"},
      {.name = "public_url",
       .types = {Type::string},
       .doc = "what links in reports begin with; default: url"},
      {.name = "missing_timeout",
       .types = {Type::integer},
       .fallback = {std::int64_t{3600}},
       .doc = "seconds until a worker counts as missing whose loss happened while the link was down"},
      {.name = "shutdown_command",
       .types = {Type::string, Type::list},
       .doc = "program and arguments; 'check', 'start', 'stop' or 'now' is appended"},
      {.name = "basedir",
       .types = {Type::string},
       .doc = "directory of the master, where it runs on this machine"},
  };
  return schema;
}

std::unique_ptr<Source> make(const settings::Arguments& args, const Environment& environment) {
  return std::make_unique<BuildbotMaster>(Settings::from(args), environment);
}

}  // namespace carillon::source::buildbot
