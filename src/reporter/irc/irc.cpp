#include "reporter/irc/irc.hpp"

#include <stdexcept>

#include "base/encoding.hpp"
#include "chat/announcer.hpp"
#include "reporter/irc/irc_talks.hpp"
#include "reporter/irc/irc_text.hpp"

namespace carillon::reporter::irc {
namespace {

using settings::Arguments;

constexpr std::chrono::seconds restore_pause{5};

class Irc final : public chat::ConnectedReporter {
 public:
  Irc(const Arguments& args, const chat::Environment& environment)
      : env_(environment), settings_(std::make_shared<IrcSettings>(read_settings(args))) {
    target_ = "irc " + settings_->peer.host;
    try {
      client_ = std::make_shared<Client>(env_.executor, settings_, env_.log);
    } catch (const std::runtime_error& error) {
      args.fail("caFile", error.what());
    }
    if (env_.world == nullptr) {
      subscriptions_ = std::make_shared<chat::Subscriptions>(settings_->bot.notify_events,
                                                             settings_->bot.places, settings_->bot.tags);
      return;
    }
    const std::string owner = "irc " + net::name_of(settings_->peer) + " " + settings_->identity.nick;
    const chat::BotEnvironment lent{*env_.world, env_.clock, env_.log, env_.site};
    talks_ = std::make_shared<Talks>(env_.executor, client_, settings_->bot, lent, owner);
    subscriptions_ = talks_->bot().subscriptions();
    // Not an owner: the talks hold the client.
    client_->on_spoken = [talks = std::weak_ptr<Talks>(talks_)](const Spoken& spoken) {
      if (const auto self = talks.lock()) self->hear(spoken);
    };
  }

  Needs needs() const override { return chat::announcement_needs(settings_->bot, *subscriptions_); }
  bool sums_up() const override { return true; }
  // One waits for its own channel: as many as there are channels, as a rule. The pace is the outbox's.
  std::size_t concurrency() const override { return 64; }
  std::shared_ptr<const rule::Audience> audience() const override { return subscriptions_; }
  bool overdue(const Delivery& delivery, Millis created, Millis now) const override {
    return chat::overdue(settings_->bot, delivery, created, now);
  }
  std::optional<Delivery> digest(const std::vector<Delivery>& deliveries) const override {
    return chat::digest(deliveries);
  }

  // Without colours.
  Shown show(const Delivery& delivery) const override {
    const auto announcement = chat::announcement_of(delivery);
    if (!announcement) return Reporter::show(delivery);
    Shown shown;
    shown.how = "said to " + announcement->place + " at " + net::name_of(settings_->peer);
    Rendering rendering;
    rendering.colors = false;
    for (const std::string& line : lines_of(announcement->text, rendering))
      shown.content += line + "\n";
    return shown;
  }

  asio::awaitable<void> run() override {
    const auto client = client_;
    if (!talks_) co_return;
    for (;;) {
      const auto restored = co_await talks_->restore();
      if (restored) break;
      env_.log.error("irc", "cannot read what the bot kept: " + restored.error().what);
      co_await sleep_for(restore_pause);
    }
    co_await client->run();
  }

  void when_back(std::function<void()> back) override { client_->on_registered = std::move(back); }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    const bool several = env_.world != nullptr && env_.world->sources && env_.world->sources().size() > 1;
    auto deliveries = chat::announce(settings_->bot, *subscriptions_, details, target_, several);
    for (Delivery& delivery : deliveries) {
      if (!client_->is_channel(delivery.lane) || client_->wants(delivery.lane)) continue;
      delivery.skip = true;
      delivery.note = "somebody made the bot leave " + delivery.lane;
    }
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const auto announcement = chat::announcement_of(delivery);
    if (!announcement) co_return rejected("the delivery holds no announcement");
    const std::string& place = announcement->place;
    const auto client = client_;
    if (client->is_channel(place)) {
      if (!is_channel_name(place)) co_return rejected("that is not the name of a channel");
      if (!client->wants(place)) co_return rejected("the bot is not to be in " + place);
    } else if (!is_nick(place)) {
      co_return rejected("that is not a nick");
    }
    auto said = co_await client->say(Outbox::Rank::announcement, place, announcement->text);
    if (!said) co_return failed(said);
    Receipt receipt;
    receipt.answer = "the server took it";
    // Somebody who is not there, a channel that is closed to us: tomorrow it may be different, and the others
    // are not to wait for it.
    if (!said->refusal.empty()) {
      receipt.answer = said->refusal;
      receipt.parts.push_back({place, ReceiptPart::Outcome::retry, said->refusal});
    }
    co_return receipt;
  }

 private:
  chat::Environment env_;
  std::shared_ptr<const IrcSettings> settings_;
  std::string target_;
  std::shared_ptr<Client> client_;
  std::shared_ptr<Talks> talks_;
  std::shared_ptr<chat::Subscriptions> subscriptions_;
};

}  // namespace

settings::Schema schema() {
  return irc_schema();
}

std::unique_ptr<chat::ConnectedReporter> make(const Arguments& args, const chat::Environment& environment) {
  return std::make_unique<Irc>(args, environment);
}

}  // namespace carillon::reporter::irc
