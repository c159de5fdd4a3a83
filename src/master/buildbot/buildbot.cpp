#include "master/buildbot/buildbot.hpp"

#include <optional>
#include <random>

#include "master/buildbot/backoff.hpp"
#include "master/buildbot/rest.hpp"
#include "master/buildbot/session.hpp"
#include "master/buildbot/settings.hpp"
#include "master/buildbot/shutdown.hpp"

namespace carillon::master::buildbot {
namespace {

constexpr Millis master_was_down = 60'000;  // after so long without a link its workers may be away, too
constexpr std::chrono::seconds longest_asked_pause{600};  // of a Retry-After

class BuildbotMaster final : public Master {
 public:
  BuildbotMaster(Settings settings, Environment environment)
      : settings_(std::move(settings)),
        environment_(std::move(environment)),
        rest_(settings_, environment_.http, environment_.log, environment_.clock),
        shutdown_(settings_, environment_),
        backoff_(std::random_device()()) {}

  const std::string& name() const override { return settings_.name; }
  const std::string& url() const override { return settings_.public_url; }

  Task<json::value> get(std::string path) override { return rest_.get(std::move(path)); }
  Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes) override {
    return rest_.get_up_to(std::move(path), max_bytes);
  }

  Task<json::value> control(std::string path, std::string method, json::object params) override {
    return rest_.control(std::move(path), std::move(method), std::move(params));
  }

  Task<std::string> shutdown(Shutdown what) override { return shutdown_.run(what); }

  asio::awaitable<void> run(Sink& sink) override {
    std::string last;
    while (true) {
      const auto now = environment_.clock.now();
      Session session(settings_, environment_, rest_, sink, !heard_at_ || now - *heard_at_ > master_was_down);
      const auto failure = co_await session.run();
      if (session.listened()) {
        backoff_.reset();
        heard_at_ = environment_.clock.now();
      }
      const auto pause = backoff_.next();
      // Once for each reason: a master may be away for days.
      if (session.listened() || failure.what != last) {
        const auto seconds = std::to_string((pause.count() + 999) / 1000);
        const auto* what = session.listened() ? "lost the link: " : "cannot connect: ";
        environment_.log.warning("master " + settings_.name,
                                 what + failure.what + "; trying again in " + seconds + " s");
      }
      last = failure.what;
      const auto asked = failure.retry_after.value_or(std::chrono::seconds(0));
      co_await sleep_for(std::max<std::chrono::milliseconds>(pause, std::min(asked, longest_asked_pause)));
    }
  }

 private:
  Settings settings_;
  Environment environment_;
  Rest rest_;
  ShutDown shutdown_;
  Backoff backoff_;
  std::optional<Millis> heard_at_;  // when the last link that worked was lost
};

}  // namespace

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "Buildbot";
  schema.arguments = {
      {"url", {Type::string}, true, {}, "address of the master's web service"},
      {"auth", {Type::list}, false, {}, "(user, password), for masters that want a login", false, true},
      {"verify", {Type::boolean}, false, {true}, "check the certificate and host name of https"},
      {"public_url", {Type::string}, false, {}, "what links in reports begin with; default: url"},
      {"missing_timeout",
       {Type::integer},
       false,
       {std::int64_t{3600}},
       "seconds until a worker counts as missing whose loss happened while the link was down"},
      {"shutdown_command",
       {Type::string, Type::list},
       false,
       {},
       "program and arguments; 'check', 'start', 'stop' or 'now' is appended"},
      {"basedir", {Type::string}, false, {}, "directory of the master, where it runs on this machine"},
  };
  return schema;
}

std::unique_ptr<Master> make(const settings::Arguments& args, Environment environment) {
  return std::make_unique<BuildbotMaster>(Settings::from(args), std::move(environment));
}

}  // namespace carillon::master::buildbot
