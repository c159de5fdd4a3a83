#include "reporter/telegram/telegram_settings.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/url.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/telegram/telegram.hpp"
#include "reporter/telegram/telegram_place.hpp"

namespace carillon::reporter::telegram {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::string_view telegram_url = "https://api.telegram.org";
constexpr std::int64_t longest_poll = 50;  // seconds; Telegram's own limit
constexpr std::int64_t default_poll = 120;
constexpr std::int64_t default_retry = 30;

// Who speaks under these numbers, which anybody can bring about.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> shared_numbers = {
    {{"1087968824", "all anonymous administrators of all groups"},
     {"136817688", "everybody who speaks for a channel"},
     {"777000", "Telegram itself, for the posts of all channels"}}};

// Everybody whom authz names.
std::vector<std::string> names_in_authz(const Arguments& args) {
  std::vector<std::string> names;
  const auto* rules = args.at("authz").as<settings::Dict>();
  if (rules == nullptr) return names;
  const auto look_at = [&](const Value& value) {
    if (const auto* text = value.as<std::string>()) names.push_back(*text);
    if (const auto* number = value.as<std::int64_t>()) names.push_back(std::to_string(*number));
  };
  for (const Value& value : rules->values) {
    look_at(value);
    if (const auto* list = value.as<settings::List>()) std::for_each(list->begin(), list->end(), look_at);
  }
  return names;
}

void refuse_shared_numbers(const Arguments& args) {
  for (const std::string& name : names_in_authz(args)) {
    for (const auto& [number, whose] : shared_numbers) {
      if (name != number) continue;
      args.fail("authz", name + " is the number of " + std::string(whose) +
                             ", also of strangers; name the group or the channel for which they speak, as "
                             "/getid tells it there");
    }
  }
}

// The token is a part of paths.
bool can_be_token(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '_' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

std::string place_of(const Arguments& args, const Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  const auto* text = value.as<std::string>();
  if (text != nullptr && is_place(*text)) {
    const auto topic = topic_of(*text);
    return topic ? place_with(chat_of(*text), *topic) : *text;
  }
  args.fail("chat_ids", "a chat must be a number or \"@channelname\", with a topic \"-100123/7\", not " +
                            (text != nullptr ? "'" + *text + "'" : describe(value)));
}

std::vector<std::string> read_places(const Arguments& args) {
  std::vector<std::string> places;
  const Value& value = args.at("chat_ids");
  if (value.is_none()) return places;
  const auto* list = value.as<settings::List>();
  const settings::List one = {value};
  for (const Value& chat : list != nullptr ? *list : one) {
    std::string place = place_of(args, chat);
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
  }
  return places;
}

void read_webhook(const Arguments& args, const message::Site& site, TelegramSettings& settings) {
  settings.webhook = args.boolean("useWebhook");
  if (args.given("usePolling") && args.boolean("usePolling") == settings.webhook) {
    args.fail("usePolling", settings.webhook ? "must not be given together with useWebhook"
                                             : "False needs useWebhook=True: the bot would hear nothing");
  }
  if (!settings.webhook) return;
  if (!site.buildbot_url.starts_with("https://") && settings.base_url == telegram_url) {
    args.fail("useWebhook",
              "Telegram sends to https only, but c['buildbotURL'] is '" + site.buildbot_url + "'");
  }
  const auto url = Url::parse(site.buildbot_url);
  if (const std::string_view port = url ? url->port : ""; settings.base_url == telegram_url) {
    constexpr std::array<std::string_view, 5> called = {"", "443", "80", "88", "8443"};
    if (std::find(called.begin(), called.end(), port) == called.end()) {
      args.fail("useWebhook",
                "Telegram calls the ports 443, 80, 88 and 8443 only, but c['buildbotURL'] is '" +
                    site.buildbot_url + "'");
    }
  }
  settings.webhook_url = site.buildbot_url + (site.buildbot_url.ends_with('/') ? "" : "/") + "telegram" +
                         settings.token.reveal();
  settings.certificate = args.optional_string("certificate").value_or("");
  if (!settings.certificate.empty() && settings.certificate.find("-----BEGIN ") == std::string::npos)
    args.fail("certificate", "must be the content of a PEM file, not its name");
}

std::string same(std::string_view name) {
  return std::string(name);
}

}  // namespace

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "TelegramBot";
  schema.modules = {"buildbot.reporters.telegram"};
  settings::Schema shared;
  chat::add_bot_arguments(shared);
  auto& arguments = schema.arguments;
  arguments = {{.name = "bot_token", .types = {Type::secret}, .required = true, .doc = "what BotFather gave"},
               {.name = "chat_ids",
                .types = {Type::list, Type::integer, Type::string},
                .doc = "chats that are told of notify_events"}};
  // authz, then the name, then the rest, as Buildbot has them; ours come last.
  const auto digest = std::find_if(shared.arguments.begin(), shared.arguments.end(),
                                   [](const settings::Argument& one) { return one.name == "digestAfter"; });
  arguments.push_back(shared.arguments.front());
  arguments.push_back(
      {.name = "bot_username", .types = {Type::string}, .doc = "asked for when it is missing"});
  arguments.insert(arguments.end(), shared.arguments.begin() + 1, digest);
  arguments.insert(
      arguments.end(),
      {{.name = "useWebhook",
        .types = {Type::boolean},
        .fallback = {false},
        .doc = "Telegram comes to us, instead of being asked"},
       {.name = "certificate",
        .types = {Type::string},
        .doc = "of the web server, when it signed it itself (PEM)"},
       {.name = "pollTimeout",
        .types = {Type::integer},
        .fallback = {default_poll},
        .doc = "seconds that one question may take; at most 50"},
       {.name = "retryDelay",
        .types = {Type::number},
        .fallback = {default_retry},
        .doc = "seconds to wait after a failure"},
       {.name = "usePolling", .types = {Type::boolean}, .doc = "the opposite of useWebhook"},
       {.name = "baseURL",
        .types = {Type::string},
        .fallback = {std::string(telegram_url)},
        .doc = "of the Bot API server"},
       {.name = "verify", .types = {Type::boolean}, .doc = "check the server's certificate (default)"}});
  arguments.insert(arguments.end(), digest, shared.arguments.end());
  return schema;
}

TelegramSettings read_settings(const Arguments& args, const message::Site& site) {
  TelegramSettings settings;
  settings.token = args.secret("bot_token");
  if (!can_be_token(settings.token.reveal())) {
    args.fail("bot_token",
              "is not a token from BotFather: those have letters, digits, ':', '_' and '-' only");
  }
  settings.base_url = base_url(args, "baseURL");
  settings.verify = !args.given("verify") || args.boolean("verify");
  settings.username = args.optional_string("bot_username").value_or("");
  if (settings.username.starts_with('@')) settings.username.erase(0, 1);
  settings.bot = chat::read_bot_settings(args, same);
  settings.bot.traits = {.medium = "telegram", .prefix = "/", .keyboards = true};
  refuse_shared_numbers(args);
  settings.bot.places = read_places(args);
  const std::int64_t poll = args.integer("pollTimeout");
  if (poll < 1) args.fail("pollTimeout", "must be at least 1 second");
  settings.poll_timeout = std::chrono::seconds(std::min(poll, longest_poll));
  const double retry = args.number("retryDelay");
  if (!(retry > 0 && retry <= 86'400))
    args.fail("retryDelay", "must be more than 0 seconds, and at most a day");
  settings.retry_delay =
      std::chrono::milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(retry * 1000)));
  read_webhook(args, site, settings);
  return settings;
}

std::vector<std::string> odd_names(const Arguments& args) {
  std::vector<std::string> odd = names_in_authz(args);
  std::erase_if(odd, [](const std::string& name) {
    return !name.starts_with('@') && !topic_of(name) && is_place(name);
  });
  return odd;
}

}  // namespace carillon::reporter::telegram
