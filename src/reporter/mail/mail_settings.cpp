#include "reporter/mail/mail_settings.hpp"
#include "reporter/common/login.hpp"

#include "base/text.hpp"
#include "reporter/mail/ascii_head.hpp"
#include "reporter/mail/header_text.hpp"
#include "reporter/mail/mail.hpp"

namespace carillon::reporter::mail {
namespace {

using settings::Arguments;
using settings::Value;

Address valid_address(const Arguments& args, std::string_view argument, const std::string& text) {
  auto address = parse_address(text);
  if (!address) args.fail(argument, "'" + text + "' is not a valid e-mail address");
  return std::move(*address);
}

LogChoice log_choice(const Arguments& args) {
  LogChoice choice;
  if (args.at("addLogs").as<bool>() != nullptr) {
    choice.all = args.boolean("addLogs");
  } else if (auto names = args.strings("addLogs")) {
    choice.names = std::move(*names);
  }
  return choice;
}

void read_lookup(const Arguments& args, Settings& out) {
  out.lookup = args.object("lookup");
  if (out.lookup != nullptr || !args.given("lookup")) return;
  out.lookup_domain = args.string("lookup");
  if (out.lookup_domain.empty()) return;
  if (out.lookup_domain.find('@') != std::string::npos || !parse_address("user@" + out.lookup_domain)) {
    args.fail("lookup", "'" + out.lookup_domain + "' is not a domain, such as \"example.org\"");
  }
}

settings::Dict checked_headers(const Arguments& args) {
  const auto* headers = args.at("extraHeaders").as<settings::Dict>();
  if (headers == nullptr) return {};
  for (std::size_t i = 0; i < headers->keys.size(); ++i) {
    const Value& key = headers->keys[i];
    const auto* name = key.as<std::string>();
    if (name == nullptr && key.as<settings::ObjectPtr>() == nullptr) {
      args.fail("extraHeaders",
                "a header's name must be a string or a renderable, not " + settings::describe(key));
    }
    if (name != nullptr && !valid_field_name(*name)) {
      args.fail("extraHeaders", "'" + *name + "' cannot be the name of a header");
    }
    const Value& value = headers->values[i];
    const bool fits = value.as<std::string>() != nullptr || value.as<settings::ObjectPtr>() != nullptr ||
                      value.as<std::int64_t>() != nullptr || value.as<double>() != nullptr ||
                      value.as<bool>() != nullptr;
    if (!fits) {
      args.fail("extraHeaders",
                "a header's value must be a string or a renderable, not " + settings::describe(value));
    }
  }
  return *headers;
}

smtp::Relay read_relay(const Arguments& args) {
  smtp::Relay relay;
  const std::string host = args.string("relayhost");
  const auto colon = host.find(':');
  if (colon != std::string::npos && is_digits(host.substr(colon + 1)))
    args.fail("relayhost", "'" + host + "': the port belongs into smtpPort");
  const auto ascii = ascii_domain(host);
  if (host.empty() || host.find_first_of(" \r\n\t/@") != std::string::npos || !ascii) {
    args.fail("relayhost", "'" + host + "' is not a host name");
  }
  relay.host = *ascii;
  const std::int64_t port = args.integer("smtpPort");
  if (port < 1 || port > 65535) args.fail("smtpPort", "a port is a number from 1 to 65535");
  relay.port = static_cast<std::uint16_t>(port);
  if (args.boolean("useTls")) relay.tls = smtp::Login::Tls::starttls;
  if (args.boolean("useSmtps")) relay.tls = smtp::Login::Tls::implicit;
  relay.verify = args.boolean("verify");
  relay.ca_file = args.optional_string("caFile").value_or("");
  relay.user = args.secret("smtpUser").reveal();
  relay.password = args.secret("smtpPassword");
  check_line(args, "smtpUser", relay.user);
  check_line(args, "smtpPassword", relay.password.reveal());
  const bool token = args.given("smtpToken");
  if (relay.user.empty() && !relay.password.empty()) args.fail("smtpPassword", "is given without smtpUser");
  if (relay.user.empty() && token) args.fail("smtpToken", "is given without smtpUser");
  if (token && !relay.password.empty()) args.fail("smtpToken", "give a token or smtpPassword, not both");
  if (!relay.user.empty() && relay.password.empty() && !token)
    args.fail("smtpUser", "is given without smtpPassword or smtpToken");
  return relay;
}

std::string identity_of(const Arguments& args) {
  json::object all;
  all["name"] = args.name();
  for (const settings::Argument& argument : schema().arguments) {
    all[argument.name] = settings::to_json(args.at(argument.name));
  }
  return json::serialize(all);
}

}  // namespace

Settings read_settings(const Arguments& args) {
  Settings out;
  out.identity = identity_of(args);
  out.from = valid_address(args, "fromaddr", args.string("fromaddr"));
  if (const auto extra = args.strings("extraRecipients")) {
    for (const std::string& one : *extra)
      out.extra_recipients.push_back(valid_address(args, "extraRecipients", one));
  }
  out.to_interested_users = args.boolean("sendToInterestedUsers");
  read_lookup(args, out);
  if (const settings::ObjectPtr self = args.self(); self != nullptr) {
    if (self->overrides("getResponsibleUsersForBuild")) out.users_override = self;
    if (self->overrides("createEmail") || self->overrides("processRecipients")) out.own_mail = self;
  }
  out.notice = read_notice_settings(args);
  out.add_logs = log_choice(args);
  out.add_patch = args.boolean("addPatch");
  const std::int64_t size = args.integer("maxLogSize");
  if (size < 1024) args.fail("maxLogSize", "a limit in bytes, at least 1024");
  out.max_log_size = static_cast<std::uint64_t>(size);
  out.threading = args.boolean("threading");
  out.extra_headers = checked_headers(args);
  out.relay = read_relay(args);
  out.make_token = args.object("smtpToken");
  if (out.make_token == nullptr) out.token = args.secret("smtpToken");
  return out;
}

}  // namespace carillon::reporter::mail
