#include "reporter/telegram/telegram_receiver.hpp"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <random>

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/webhooks.hpp"

namespace carillon::reporter::telegram {
namespace {

using TalkPtr = std::shared_ptr<Talk>;
using Kind = Reply::Kind;

constexpr std::chrono::milliseconds stop_grace{2000};
constexpr std::chrono::milliseconds look_every{50};
constexpr std::chrono::milliseconds shortest_poll{500};
constexpr std::chrono::seconds poll_slack{10};
constexpr std::chrono::seconds webhook_check{300};
constexpr std::size_t most_waiting = 500;
constexpr std::size_t secret_bytes = 32;

// One line when something begins to go wrong, or goes wrong in another way; one when it is over.
class Trouble {
 public:
  explicit Trouble(const Log& log) : log_(log) {}
  void failed(const std::string& what) {
    if (what != what_) log_.warning("telegram", what);
    what_ = what;
  }
  // Whether there was any.
  bool over() {
    const bool was = !what_.empty();
    if (was) log_.info("telegram", "works again");
    what_.clear();
    return was;
  }

 private:
  const Log& log_;
  std::string what_;
};

std::string explained(const Reply& reply) {
  if (reply.kind == Kind::conflict && reply.what.find("webhook") != std::string::npos)
    return reply.what + " (somebody has set a webhook for this bot; it is taken away)";
  if (reply.kind == Kind::conflict)
    return reply.what + " (another program receives with this token; only one can)";
  if (reply.kind == Kind::bad_token)
    return reply.what + " (Telegram does not know this bot_token, or baseURL is not a Bot API server)";
  return reply.what;
}

std::chrono::milliseconds pause_after(const Talk& talk, const Reply& reply) {
  const std::chrono::milliseconds usual = talk.settings().retry_delay;
  return reply.retry_after ? std::max<std::chrono::milliseconds>(usual, *reply.retry_after) : usual;
}

json::array allowed_updates() {
  return {"message", "channel_post", "callback_query", "my_chat_member"};
}

// Until it works. Only for what harms nobody when it is done twice.
asio::awaitable<json::value> until_done(const Talk& talk, std::string method,
                                        json::object parameters = json::object()) {
  Trouble trouble(talk.environment().log);
  while (true) {
    Reply reply = co_await talk.api().call(method, parameters);
    if (reply.ok()) {
      if (trouble.over()) talk.back();
      co_return std::move(reply.result);
    }
    trouble.failed(explained(reply) + "; will try again");
    co_await sleep_for(pause_after(talk, reply));
  }
}

asio::awaitable<void> restore(Talk& talk) {
  Trouble trouble(talk.environment().log);
  while (true) {
    const auto restored = co_await talk.restore();
    if (restored) break;
    trouble.failed("what was kept cannot be read: " + restored.error().what + "; will try again");
    co_await sleep_for(talk.settings().retry_delay);
  }
  trouble.over();
}

asio::awaitable<void> find_out_who_we_are(Talk& talk) {
  if (!talk.username().empty() && !talk.id().empty()) co_return;
  const json::value me = co_await until_done(talk, "getMe");
  const json::object* object = me.if_object();
  if (object == nullptr) co_return;
  const auto id = integer_at(*object, "id");
  talk.introduce(std::string(string_at(*object, "username").value_or("")), id ? std::to_string(*id) : "");
  talk.environment().log.info("telegram", "the bot is @" + talk.username());
}

// Hands over what getUpdates gave; the next offset, or 0 when there is none. Failure: as Memory; what was not
// taken comes again.
Task<std::int64_t> take_all(Talk& talk, json::value result, std::int64_t offset) {
  json::array none;
  json::array& updates = result.is_array() ? result.get_array() : none;
  for (json::value& update : updates) {
    const json::object* object = update.if_object();
    const auto id = object != nullptr ? integer_at(*object, "update_id") : std::nullopt;
    const auto taken = co_await talk.accept(std::move(update));
    if (!taken) co_return failed(taken);
    if (id) offset = *id + 1;
  }
  co_return offset;
}

asio::awaitable<void> poll(Talk& talk) {
  const chat::Environment& env = talk.environment();
  const TelegramSettings& settings = talk.settings();
  co_await until_done(talk, "deleteWebhook");
  env.log.info("telegram", "polling " + shown_url(settings.base_url));
  Trouble trouble(env.log);
  std::int64_t offset = 0;
  while (true) {
    while (talk.waiting() > most_waiting)
      co_await sleep_for(look_every);
    json::object parameters{{"timeout", settings.poll_timeout.count()},
                            {"allowed_updates", allowed_updates()}};
    if (offset != 0) parameters["offset"] = offset;
    const Millis begun = env.clock.now();
    Reply reply =
        co_await talk.api().call("getUpdates", std::move(parameters), settings.poll_timeout + poll_slack);
    if (!reply.ok()) {
      trouble.failed(explained(reply) + "; will try again");
      co_await sleep_for(pause_after(talk, reply));
      const bool webhook = reply.kind == Kind::conflict && reply.what.find("webhook") != std::string::npos;
      if (webhook) co_await until_done(talk, "deleteWebhook");
      continue;
    }
    const std::int64_t before = offset;
    const auto taken = co_await take_all(talk, std::move(reply.result), offset);
    if (!taken) {
      trouble.failed("updates cannot be kept: " + taken.error().what + "; will ask for them again");
      co_await sleep_for(settings.retry_delay);
      continue;
    }
    if (trouble.over()) talk.back();
    offset = *taken;
    // A server that does not wait would be asked without a pause.
    const bool at_once = env.clock.now() - begun < shortest_poll.count();
    if (offset == before && at_once) co_await sleep_for(shortest_poll);
  }
}

std::string random_secret() {
  std::random_device device;
  std::array<char, secret_bytes> bytes{};
  for (char& byte : bytes)
    byte = static_cast<char>(device() & 0xFFU);
  return hex_encode({bytes.data(), bytes.size()});
}

// The secret_token: made once, so that a restart need not wait until Telegram knows the new one.
asio::awaitable<std::string> webhook_secret(Talk& talk) {
  Trouble trouble(talk.environment().log);
  while (true) {
    const auto kept = co_await talk.memory().recall("webhook");
    if (kept && kept->is_string()) {
      trouble.over();
      co_return std::string(kept->get_string());
    }
    std::string secret = random_secret();
    json::value value = json::string(secret);
    const auto done =
        kept ? co_await talk.memory().keep("webhook", std::move(value)) : Result<void>(failed(kept));
    if (done) {
      trouble.over();
      co_return secret;
    }
    trouble.failed("the secret of the webhook cannot be kept: " + done.error().what + "; will try again");
    co_await sleep_for(talk.settings().retry_delay);
  }
}

asio::awaitable<int> called(TalkPtr talk, std::string secret, Webhooks::Call call) {
  const auto header = call.headers.find("x-telegram-bot-api-secret-token");
  if (header == call.headers.end() || !same_secret(header->second, secret)) {
    talk->environment().log.warning("telegram", "somebody called the webhook without its secret");
    co_return 403;
  }
  boost::system::error_code error;
  json::value update = json::parse(call.body, error);
  if (error) co_return 400;
  const auto taken = co_await talk->accept(std::move(update));
  if (taken) co_return 200;
  talk->environment().log.warning("telegram", "an update cannot be kept: " + taken.error().what);
  co_return 503;  // Telegram brings it again
}

asio::awaitable<void> set_webhook(const Talk& talk, std::string secret) {
  const TelegramSettings& settings = talk.settings();
  json::object parameters{{"url", settings.webhook_url},
                          {"secret_token", std::move(secret)},
                          {"allowed_updates", allowed_updates()}};
  if (settings.certificate.empty()) {
    co_await until_done(talk, "setWebhook", std::move(parameters));
  } else {
    Trouble trouble(talk.environment().log);
    while (true) {
      const Reply reply = co_await talk.api().upload("setWebhook", parameters, "certificate",
                                                     "certificate.pem", settings.certificate);
      if (reply.ok()) break;
      trouble.failed(explained(reply) + "; will try again");
      co_await sleep_for(pause_after(talk, reply));
    }
    trouble.over();
  }
  talk.environment().log.info("telegram", "Telegram calls the webhook");
}

asio::awaitable<void> listen(TalkPtr talk) {
  const chat::Environment& env = talk->environment();
  const TelegramSettings& settings = talk->settings();
  std::string secret = co_await webhook_secret(*talk);
  const Webhooks::Handler handler = [talk, secret](Webhooks::Call call) {
    return called(talk, secret, std::move(call));
  };
  // A proxy may have taken the path of the buildbotURL away, or not.
  const std::string path = "/telegram" + settings.token.reveal();
  const auto url = Url::parse(settings.webhook_url);
  const std::string whole(url ? url->path : std::string_view());
  const auto handle = env.webhooks->add(path, handler);
  const auto other = whole == path ? nullptr : env.webhooks->add(whole, handler);
  co_await set_webhook(*talk, secret);
  std::int64_t told_of = 0;
  while (true) {
    co_await sleep_for(webhook_check);
    const Reply info = co_await talk->api().call("getWebhookInfo");
    const json::object* object = info.ok() ? info.result.if_object() : nullptr;
    if (object == nullptr) continue;
    if (string_at(*object, "url").value_or("") != settings.webhook_url) {
      env.log.warning("telegram", "somebody has changed the webhook of this bot; it is set again");
      co_await set_webhook(*talk, secret);
    }
    const std::int64_t failed_at = integer_at(*object, "last_error_date").value_or(0);
    if (failed_at > told_of) {
      env.log.warning("telegram", "Telegram could not reach the webhook: " +
                                      fold_to_line(string_at(*object, "last_error_message").value_or("?")));
    }
    told_of = std::max(told_of, failed_at);
  }
}

}  // namespace

bool same_secret(std::string_view a, std::string_view b) {
  unsigned different = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    different |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
  return different == 0;
}

asio::awaitable<void> receive(std::shared_ptr<Talk> talk) {
  bool cancelled = false;
  try {
    co_await restore(*talk);
    co_await find_out_who_we_are(*talk);
    if (talk->settings().webhook) {
      co_await listen(talk);
    } else {
      co_await poll(*talk);
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
    cancelled = true;
  }
  if (!cancelled) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await talk->stop(stop_grace);
  throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace carillon::reporter::telegram
