#include "source/buildbot/settings.hpp"

#include "base/url.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string base_url(const settings::Arguments& args, std::string_view argument, std::string text) {
  const auto parsed = Url::parse(text);
  if (!parsed || !parsed->is_http() || parsed->host.empty() ||
      text.find_first_of(blanks) != std::string::npos) {
    args.fail(argument, "must be an address like 'https://ci.example.org/buildbot/'");
  }
  if (!parsed->login.empty())
    args.fail(argument, "must not hold a user or password; use auth=(user, password)");
  if (!parsed->query.empty() || !parsed->fragment.empty()) args.fail(argument, "must end before '?' and '#'");
  if (!text.ends_with('/')) text += '/';
  return text;
}

std::string host_and_port(const std::string& url) {
  const auto parsed = Url::parse(url);
  return std::string(parsed->host).append(":").append(parsed->known_port());
}

std::optional<Credentials> credentials_of(const settings::Arguments& args) {
  const auto& value = args.at("auth");
  if (value.is_none()) return std::nullopt;
  const auto* pair = value.as<settings::List>();
  if (pair == nullptr || pair->size() != 2) args.fail("auth", "must be (user, password)");
  const auto* user = pair->front().as<std::string>();
  if (user == nullptr || user->find(':') != std::string::npos) {
    args.fail("auth", "the user must be a string without ':'");
  }
  Credentials given;
  given.user = *user;
  if (const auto* secret = pair->back().as<Secret>()) {
    given.password = *secret;
  } else if (const auto* text = pair->back().as<std::string>()) {
    given.password = Secret(*text);
  } else {
    args.fail("auth", "the password must be a string or util.Secret(...)");
  }
  return given;
}

std::vector<std::string> command_of(const settings::Arguments& args) {
  const auto& value = args.at("shutdown_command");
  if (value.is_none()) return {};
  std::vector<std::string> command;
  if (const auto* program = value.as<std::string>()) {
    command.push_back(*program);
  } else {
    for (const auto& item : *value.as<settings::List>()) {
      const auto* word = item.as<std::string>();
      if (word == nullptr) args.fail("shutdown_command", "must be a list of strings");
      command.push_back(*word);
    }
  }
  if (command.empty() || command.front().empty()) args.fail("shutdown_command", "must name a program");
  for (const auto& word : command) {
    if (word.find('\0') != std::string::npos) args.fail("shutdown_command", "must not hold NUL characters");
  }
  return command;
}

std::string basedir_of(const settings::Arguments& args) {
  auto directory = args.optional_string("basedir").value_or("");
  if (args.given("basedir") && (!directory.starts_with('/') || directory.find('\0') != std::string::npos)) {
    args.fail("basedir", "must be an absolute path, like '/var/lib/buildbot/master'");
  }
  return directory;
}

}  // namespace

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.url = base_url(args, "url", args.string("url"));
  const auto public_url = args.optional_string("public_url");
  settings.public_url = public_url ? base_url(args, "public_url", *public_url) : settings.url;
  settings.name = args.name().empty() ? host_and_port(settings.url) : args.name();
  settings.credentials = credentials_of(args);
  settings.verify = args.boolean("verify");
  settings.missing_timeout = std::chrono::seconds(args.integer("missing_timeout"));
  if (settings.missing_timeout.count() <= 0) args.fail("missing_timeout", "must be more than 0 seconds");
  settings.shutdown_command = command_of(args);
  settings.basedir = basedir_of(args);
  settings.where = args.where();
  return settings;
}

}  // namespace carillon::source::buildbot
