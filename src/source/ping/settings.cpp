#include "source/ping/settings.hpp"

#include "source/credentials.hpp"

namespace carillon::source::ping {
namespace {

constexpr std::size_t longest_slug = 100;
constexpr Millis usual_grace = Millis{3600} * 1000;

Millis duration_in(const settings::Arguments& args, std::string_view argument, const std::string& place,
                   const settings::Value& value) {
  const auto* number = value.as<std::int64_t>();
  const auto* text = value.as<std::string>();
  const auto duration = number != nullptr ? hook::duration_of(std::to_string(*number))
                        : text != nullptr ? hook::duration_of(*text)
                                          : std::nullopt;
  if (!duration)
    args.fail(argument, place + " must be a duration: '90s', '5m', '2h', '3d', '1w', or seconds");
  return *duration;
}

// of: which check, for errors.
Schedule schedule_of(const settings::Arguments& args, std::string_view argument, const std::string& of,
                     const settings::Value& value) {
  Schedule schedule;
  schedule.grace = usual_grace;
  if (value.is_none()) return schedule;
  const auto* given = value.as<settings::Dict>();
  if (given == nullptr) args.fail(argument, of + "must be a util.Check(...), not " + describe(value));
  for (std::size_t i = 0; i < given->keys.size(); ++i) {
    const auto* name = given->keys[i].as<std::string>();
    Millis* meant = name == nullptr    ? nullptr
                    : *name == "every" ? &schedule.every
                    : *name == "grace" ? &schedule.grace
                                       : nullptr;
    if (meant == nullptr) args.fail(argument, of + "must be util.Check(every=..., grace=...)");
    if (given->values[i].is_none()) continue;
    *meant = duration_in(args, argument, of + *name, given->values[i]);
  }
  return schedule;
}

}  // namespace

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= longest_slug && text != "." && text != ".." &&
         hook::key_part(text) == text;
}

Settings Settings::from(const settings::Arguments& args) {
  Settings settings;
  settings.shape = hook::Shape::from(args, "ping");
  settings.keys = secrets_of(args, "key");
  for (const Secret& key : settings.keys) {
    if (hook::key_part(key.reveal()) != key.reveal())
      args.fail("key", "is part of an address here: letters, digits, '.', '_' and '-' only");
  }
  if (args.given("checks")) {
    const auto* given = args.at("checks").as<settings::Dict>();
    for (std::size_t i = 0; given != nullptr && i < given->keys.size(); ++i) {
      const auto* slug = given->keys[i].as<std::string>();
      if (slug == nullptr || !is_slug(*slug)) {
        args.fail("checks", "must hold names of letters, digits, '.', '_' and '-', not " +
                                (slug == nullptr ? describe(given->keys[i]) : "'" + *slug + "'"));
      }
      settings.checks[*slug] = schedule_of(args, "checks", "'" + *slug + "': ", given->values[i]);
    }
  }
  const settings::Value& create = args.at("create");
  if (const auto* may = create.as<bool>()) {
    if (*may) settings.create = Schedule{};
  } else if (!create.is_none()) {
    settings.create = schedule_of(args, "create", "", create);
  }
  if (settings.checks.empty() && !settings.create)
    args.fail("checks", "is empty, so nothing could be pinged; name checks, or say create=True");
  return settings;
}

}  // namespace carillon::source::ping
