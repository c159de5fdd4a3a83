#include "reporter/telegram/telegram.hpp"

#include "chat/announcer.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/telegram/telegram_receiver.hpp"

namespace carillon::reporter::telegram {
namespace {

class TelegramBot final : public chat::ConnectedReporter {
 public:
  TelegramBot(TelegramSettings settings, const chat::Environment& environment)
      : talk_(std::make_shared<Talk>(std::move(settings), environment)) {}

  Needs needs() const override { return chat::announcement_needs(bot_settings(), subscriptions()); }
  bool sums_up() const override { return true; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    const chat::World* world = talk_->environment().world;
    const bool several = world != nullptr && world->sources().size() > 1;
    co_return chat::announce(bot_settings(), subscriptions(), details, "telegram", several);
  }

  Task<Receipt> send(const Delivery& delivery) override {
    auto announcement = chat::announcement_of(delivery);
    if (!announcement) co_return rejected("the delivery is not an announcement");
    co_return co_await talk_->speaker().announce(std::move(announcement->place),
                                                 std::move(announcement->text), delivery.settled);
  }

  Shown show(const Delivery& delivery) const override {
    const auto announcement = chat::announcement_of(delivery);
    if (!announcement) return Reporter::show(delivery);
    const json::array messages = Speaker::shown(announcement->place, announcement->text);
    return shown_request(
        "POST", shown_url(talk_->settings().base_url) + "/bot***/sendMessage",
        messages.size() == 1 ? json::serialize(messages.front()) : json::serialize(messages));
  }

  std::size_t concurrency() const override { return 4; }
  std::string account() const override {
    return account_name("telegram", talk_->settings().base_url, talk_->settings().token);
  }

  asio::awaitable<void> run() override { return receive(talk_); }
  void when_back(std::function<void()> back) override { talk_->set_back(std::move(back)); }
  std::shared_ptr<const rule::Audience> audience() const override { return talk_->subscriptions(); }

  bool overdue(const Delivery& delivery, Millis created, Millis now) const override {
    return chat::overdue(bot_settings(), delivery, created, now);
  }
  std::optional<Delivery> digest(const std::vector<Delivery>& deliveries) const override {
    return chat::digest(deliveries);
  }

 private:
  const chat::BotSettings& bot_settings() const { return talk_->settings().bot; }
  const chat::Subscriptions& subscriptions() const { return *talk_->subscriptions(); }

  std::shared_ptr<Talk> talk_;
};

}  // namespace

std::unique_ptr<chat::ConnectedReporter> make(const settings::Arguments& args,
                                              const chat::Environment& environment) {
  TelegramSettings settings = read_settings(args, environment.site);
  if (settings.webhook && environment.world != nullptr && environment.webhooks == nullptr)
    args.fail("useWebhook", "needs Carillon's web server: c['www']");
  for (const std::string& name : odd_names(args)) {
    environment.log.warning(
        "telegram", args.where() + ": authz names '" + name + "', but people are numbers here (see /getid)");
  }
  return std::make_unique<TelegramBot>(std::move(settings), environment);
}

}  // namespace carillon::reporter::telegram
