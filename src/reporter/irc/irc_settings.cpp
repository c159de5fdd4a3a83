#include "reporter/irc/irc_settings.hpp"

#include <algorithm>

#include "reporter/irc/irc_names.hpp"

namespace carillon::reporter::irc {
namespace {

using settings::Argument;
using settings::Arguments;
using settings::Dict;
using settings::List;
using settings::Type;
using settings::Value;

constexpr std::string_view account_prefix = "account:";
constexpr double longest_delay = 86400;

std::string key_of(const Arguments& args, const Value& value) {
  std::string key;
  if (const auto* text = value.as<std::string>()) key = *text;
  if (const auto* secret = value.as<Secret>()) key = secret->reveal();
  if (value.is_none() || (key.empty() && value.as<std::string>() != nullptr)) return {};
  if (!is_key(key)) args.fail("channels", "a channel's password must be a text without spaces and commas");
  return key;
}

ConfiguredChannel channel_of(const Arguments& args, const Value& value) {
  ConfiguredChannel channel;
  if (const auto* name = value.as<std::string>()) {
    channel.name = *name;
  } else if (const auto* dict = value.as<Dict>()) {
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      const auto* key = dict->keys[i].as<std::string>();
      const auto* text = dict->values[i].as<std::string>();
      if (key != nullptr && *key == "channel" && text != nullptr) {
        channel.name = *text;
      } else if (key != nullptr && *key == "password") {
        channel.key = key_of(args, dict->values[i]);
      } else {
        args.fail("channels", "a channel's dictionary has the keys 'channel' and 'password'");
      }
    }
  } else {
    args.fail("channels", "must hold names or {'channel': NAME, 'password': KEY}, not " + describe(value));
  }
  if (!is_channel_name(channel.name))
    args.fail("channels", "'" + channel.name + "' cannot be the name of a channel");
  // What has none of the usual marks would be a nick.
  if (std::string_view("#&+!").find(channel.name.front()) == std::string_view::npos)
    args.fail("channels", "'" + channel.name + "' must begin with #");
  return channel;
}

// The people and accounts in authz, whatever its shape.
void add_names(const Value& value, std::vector<std::string>& names) {
  if (const auto* text = value.as<std::string>()) {
    names.push_back(text->starts_with(account_prefix) ? text->substr(account_prefix.size()) : *text);
  } else if (const auto* list = value.as<List>()) {
    for (const Value& one : *list)
      add_names(one, names);
  } else if (const auto* dict = value.as<Dict>()) {
    for (const Value& one : dict->values)
      add_names(one, names);
  }
}

std::optional<double> delay_of(const Arguments& args, const char* name) {
  if (!args.given(name)) return std::nullopt;
  const double seconds = args.number(name);
  if (!(seconds >= 0 && seconds <= longest_delay)) args.fail(name, "must be between 0 and 86400 seconds");
  return seconds;
}

}  // namespace

settings::Schema irc_schema() {
  settings::Schema bot;
  chat::add_bot_arguments(bot);
  const auto of_bot = [&](const char* name) {
    return *std::find_if(bot.arguments.begin(), bot.arguments.end(),
                         [&](const Argument& argument) { return argument.name == name; });
  };
  settings::Schema schema;
  schema.name = "IRC";
  schema.modules = {"buildbot.reporters.irc"};
  // Buildbot's positional order.
  schema.arguments = {
      {.name = "host", .types = {Type::string}, .required = true, .doc = "the server"},
      {.name = "nick", .types = {Type::string}, .required = true, .doc = "the bot's name"},
      {.name = "channels",
       .types = {Type::list},
       .required = true,
       .doc = "names, or {'channel': NAME, 'password': KEY}"},
      {.name = "pm_to_nicks", .types = {Type::strings}, .doc = "people who are told of notify_events"},
      {.name = "port",
       .types = {Type::integer},
       .fallback = {std::int64_t{6667}},
       .doc = "the server's port"},
      {.name = "allowForce", .types = {Type::boolean}, .doc = "deprecated: everybody may force and stop"},
      of_bot("tags"),
      {.name = "password", .types = {Type::secret}, .doc = "of the nick's account, or of the server"},
      of_bot("notify_events"),
      of_bot("showBlameList"),
      of_bot("useRevisions"),
      {.name = "useSSL", .types = {Type::boolean}, .fallback = {false}, .doc = "TLS"},
      {.name = "lostDelay", .types = {Type::number}, .doc = "seconds before a lost connection is made again"},
      {.name = "failedDelay", .types = {Type::number}, .doc = "seconds after a connection that failed"},
      {.name = "useColors", .types = {Type::boolean}, .fallback = {true}, .doc = "results in colours"},
      {.name = "allowShutdown",
       .types = {Type::boolean},
       .doc = "deprecated: everybody may shut down the master"},
      {.name = "noticeOnChannel",
       .types = {Type::boolean},
       .fallback = {false},
       .doc = "notices in channels instead of messages"},
      of_bot("authz"),
      of_bot("digestAfter"),
      {.name = "verify",
       .types = {Type::boolean},
       .fallback = {true},
       .doc = "check the server's certificate"},
      {.name = "caFile", .types = {Type::string}, .doc = "further certificate authorities, PEM"},
      {.name = "username",
       .types = {Type::string},
       .fallback = {std::string("carillon")},
       .doc = "the user part of nick!user@host"},
      {.name = "useSASL",
       .types = {Type::boolean},
       .doc = "needless: SASL is used where the server offers it"},
      {.name = "serverPassword",
       .types = {Type::secret},
       .doc = "of the server or bouncer, where it is another one"},
      {.name = "saslUser", .types = {Type::string}, .doc = "the account, where it is not the nick"},
  };
  return schema;
}

IrcSettings read_settings(const Arguments& args) {
  IrcSettings settings;
  settings.peer.host = args.string("host");
  if (settings.peer.host.empty() || settings.peer.host.find_first_of(" /") != std::string::npos)
    args.fail("host", "must be the name or the address of a server");
  const std::int64_t port = args.integer("port");
  if (port < 1 || port > 65535) args.fail("port", "must be between 1 and 65535");
  settings.peer.port = static_cast<std::uint16_t>(port);
  settings.peer.tls = args.boolean("useSSL");
  settings.peer.verify = args.boolean("verify");
  settings.ca_file = args.optional_string("caFile").value_or("");
  settings.identity.nick = args.string("nick");
  if (!is_nick(settings.identity.nick)) args.fail("nick", "cannot be a nick");
  settings.identity.user = args.string("username");
  if (!is_nick(settings.identity.user)) args.fail("username", "must be a short name without spaces");
  settings.identity.real_name = "Carillon";
  settings.identity.password = args.secret("password");
  settings.identity.server_password = args.secret("serverPassword");
  settings.identity.sasl_user = args.optional_string("saslUser").value_or("");
  if (!settings.identity.sasl_user.empty() && !is_nick(settings.identity.sasl_user))
    args.fail("saslUser", "cannot be the name of an account");
  const auto* channels = args.at("channels").as<List>();
  for (const Value& value : channels != nullptr ? *channels : List())
    settings.channels.push_back(channel_of(args, value));
  settings.nicks = args.strings("pm_to_nicks").value_or(std::vector<std::string>());
  for (const std::string& nick : settings.nicks) {
    if (!is_nick(nick)) args.fail("pm_to_nicks", "'" + nick + "' cannot be a nick");
  }
  for (const ConfiguredChannel& channel : settings.channels)
    settings.names.push_back(channel.name);
  settings.names.insert(settings.names.end(), settings.nicks.begin(), settings.nicks.end());
  add_names(args.at("authz"), settings.names);
  settings.bot = chat::read_bot_settings(args, fold_ascii);
  settings.bot.traits.medium = "irc";
  settings.bot.traits.channels = true;
  settings.bot.traits.operators = true;
  settings.bot.traits.bracket_revisions = true;
  for (const ConfiguredChannel& channel : settings.channels)
    settings.bot.places.push_back(fold_ascii(channel.name));
  for (const std::string& nick : settings.nicks)
    settings.bot.places.push_back(fold_ascii(nick));
  settings.colors = args.boolean("useColors");
  settings.notice_on_channel = args.boolean("noticeOnChannel");
  settings.lost_delay = delay_of(args, "lostDelay");
  settings.failed_delay = delay_of(args, "failedDelay");
  return settings;
}

}  // namespace carillon::reporter::irc
