#include "reporter/pushover/pushover_params.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "settings/nearest.hpp"

namespace carillon::reporter::pushover {
namespace {

using settings::Arguments;
using settings::Value;

constexpr const char* argument = "otherParams";
constexpr std::int64_t min_retry = 30;
constexpr std::int64_t max_expire = 10800;

std::string text_of(const Arguments& args, const std::string& key, const Value& value) {
  if (const auto* number = value.as<std::int64_t>()) return std::to_string(*number);
  const auto* text = value.as<std::string>();
  if (text == nullptr) args.fail(argument, "'" + key + "' must be a string, not " + describe(value));
  return valid_utf8(*text);
}

// Numbers were always written as strings, too.
std::int64_t number_of(const Arguments& args, const std::string& key, const Value& value) {
  if (const auto* number = value.as<std::int64_t>(); number != nullptr && *number >= 0) return *number;
  if (const auto* text = value.as<std::string>(); text != nullptr && !text->empty() && text->size() <= 15) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (std::ranges::all_of(*text, digit)) return std::stoll(*text);
  }
  args.fail(argument, "'" + key + "' must be a whole number of seconds");
}

bool switch_of(const Arguments& args, const std::string& key, const Value& value) {
  if (const auto* truth = value.as<bool>()) return *truth;
  const std::string text = text_of(args, key, value);
  if (text != "0" && text != "1") args.fail(argument, "'" + key + "' must be 0 or 1");
  return text == "1";
}

void read_one(const Arguments& args, const std::string& key, const Value& value, Params& params) {
  if (key == "sound") params.sound = text_of(args, key, value);
  if (key == "device") params.device = text_of(args, key, value);
  if (key == "callback") params.callback = text_of(args, key, value);
  if (key == "url") params.url = text_of(args, key, value);
  if (key == "url_title") params.url_title = text_of(args, key, value);
  if (key == "timestamp") params.timestamp = number_of(args, key, value);
  if (key == "retry") params.retry = number_of(args, key, value);
  if (key == "expire") params.expire = number_of(args, key, value);
  if (key == "tags") params.tags = text_of(args, key, value);
  if (key == "ttl") params.ttl = number_of(args, key, value);
  if (key == "html") params.html = switch_of(args, key, value);
  if (key == "monospace") params.monospace = switch_of(args, key, value);
}

}  // namespace

Params read_params(const Arguments& args, bool emergencies) {
  Params params;
  if (const auto* dict = args.at(argument).as<settings::Dict>()) {
    static const std::vector<std::string> known = {"sound",     "callback",  "timestamp", "url",
                                                   "url_title", "device",    "retry",     "expire",
                                                   "html",      "monospace", "ttl",       "tags"};
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      const auto* key = dict->keys[i].as<std::string>();
      if (key == nullptr) args.fail(argument, "its keys are strings, not " + describe(dict->keys[i]));
      if (std::ranges::find(known, *key) == known.end()) {
        const auto meant = settings::nearest(*key, known);
        args.fail(argument, "'" + *key + "' is not a parameter of Pushover's that can be set here" +
                                (meant ? "; did you mean '" + *meant + "'?" : ""));
      }
      if (!dict->values[i].is_none()) read_one(args, *key, dict->values[i], params);
    }
  }
  if (ellipsize(params.url, max_url) != params.url)
    args.fail(argument, "'url' is longer than 512 characters");
  if (params.retry && *params.retry < min_retry) args.fail(argument, "'retry' must be at least 30 seconds");
  if (params.expire && *params.expire > max_expire)
    args.fail(argument, "'expire' must be at most 10800 seconds");
  if (params.ttl && *params.ttl < 1) args.fail(argument, "'ttl' must be at least 1 second");
  if (params.monospace && params.html.value_or(false))
    args.fail(argument, "give 'html' or 'monospace', not both: Pushover takes one of them");
  if (emergencies && (!params.retry || !params.expire)) {
    args.fail(argument, "priority 2 needs 'retry' (at least 30) and 'expire' (at most 10800)");
  }
  return params;
}

}  // namespace carillon::reporter::pushover
