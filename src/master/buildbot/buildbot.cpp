#include "master/buildbot/buildbot.hpp"

#include <random>

#include "master/buildbot/backoff.hpp"
#include "master/buildbot/rest.hpp"
#include "master/buildbot/session.hpp"
#include "master/buildbot/settings.hpp"

namespace carillon::master::buildbot {
namespace {

constexpr std::chrono::seconds longest_asked_pause{600};  // of a Retry-After

class BuildbotMaster final : public Master {
 public:
  BuildbotMaster(Settings settings, Environment environment)
      : settings_(std::move(settings)),
        environment_(std::move(environment)),
        rest_(settings_, environment_.http, environment_.log, environment_.clock),
        backoff_(std::random_device()()) {}

  const std::string& name() const override { return settings_.name; }
  const std::string& url() const override { return settings_.public_url; }

  Task<json::value> get(std::string path) override { return rest_.get(std::move(path)); }

  asio::awaitable<void> run(Sink& sink) override {
    std::string last;
    while (true) {
      Session session(settings_, environment_, rest_, sink);
      const auto failure = co_await session.run();
      if (session.listened()) backoff_.reset();
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
  Backoff backoff_;
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
      {"shutdown_command", {Type::string, Type::list}, false, {}, "what shuts the master down cleanly"},
  };
  return schema;
}

std::unique_ptr<Master> make(const settings::Arguments& args, Environment environment) {
  return std::make_unique<BuildbotMaster>(Settings::from(args), std::move(environment));
}

}  // namespace carillon::master::buildbot
