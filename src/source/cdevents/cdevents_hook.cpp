#include "source/cdevents/cdevents_hook.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "source/cdevents/cdevents_run.hpp"
#include "source/cdevents/cloud_event.hpp"
#include "source/cdevents/tekton_run.hpp"
#include "source/credentials.hpp"

namespace carillon::source::cdevents {
namespace {

constexpr const char* key_in_path = "key";

}  // namespace

std::vector<hook::Dialect::Path> CDEventsHook::paths(const std::string& name) const {
  const std::string path = "/hook/" + name;
  std::vector<Path> all = {{.method = "POST", .path = path},
                           {.method = "OPTIONS", .path = path, .secret = false, .asks = true}};
  if (settings_->tokens.empty()) return all;
  const std::string with_key = path + "/{" + key_in_path + "}";
  all.push_back({.method = "POST", .path = with_key, .secret = true});
  all.push_back({.method = "OPTIONS", .path = with_key, .secret = true, .asks = true});
  return all;
}

bool CDEventsHook::shows_token(const web::Head& head) const {
  if (lets_anybody_in(settings_->tokens)) return true;
  if (const auto key = head.parameters.find(key_in_path); key != head.parameters.end())
    return is_one_of(key->second, settings_->tokens);
  const auto shown = shown_token(head.authorization);
  return shown && is_one_of(*shown, settings_->tokens);
}

bool CDEventsHook::may_be_right(const web::Head& head) const {
  return shows_token(head) || (!settings_->signing.empty() && !header(head, "webhook-signature").empty());
}

bool CDEventsHook::is_right(const web::Head& head, std::string_view body, std::int64_t now) const {
  return shows_token(head) ||
         (!settings_->signing.empty() && hook::signed_as_standard(head, body, settings_->signing, now));
}

std::string CDEventsHook::unsupported(const web::Head& head) const {
  const std::string type = media_type(head.content_type);
  if (is_readable(type)) return {};
  return "the body must be JSON: application/cloudevents+json, application/cloudevents-batch+json, or "
         "application/json";
}

web::Response CDEventsHook::greet(const web::Head& head) const {
  web::Response response;
  response.body = "{}";
  response.headers.emplace_back("Allow", "POST, OPTIONS");
  const std::string origin(header(head, "webhook-request-origin"));
  const bool allowed = std::ranges::any_of(
      settings_->origins, [&](const std::string& pattern) { return matches(pattern, origin); });
  if (origin.empty() || !allowed) return response;
  response.headers.emplace_back("WebHook-Allowed-Origin", origin);
  if (!header(head, "webhook-request-rate").empty())
    response.headers.emplace_back("WebHook-Allowed-Rate", "*");
  return response;
}

Result<hook::Heard> CDEventsHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  const auto events = events_of(head, body);
  if (!events) return failed(events.error());
  hook::Heard heard;
  std::string ignored;
  for (const CloudEvent& event : *events) {
    const auto read = event.type.starts_with(tekton_prefix) ? hear_tekton(event, heard)
                                                            : hear_cdevent(event, settings_->tests, heard);
    if (!read) return failed(read.error());
    if (!heard.ignored.empty()) ignored = std::move(heard.ignored);
    heard.ignored.clear();
  }
  if (events->size() == 1) {
    heard.kind = events->front().type;
    heard.delivery = events->front().id;
  } else {
    heard.kind = "a batch of " + std::to_string(events->size());
  }
  if (heard.runs.empty() && heard.jobs.empty() && heard.tests.empty())
    heard.ignored = ignored.empty() ? "an empty batch" : ignored;
  return heard;
}

std::vector<std::string> CDEventsHook::advice(const std::string& url) const {
  std::vector<std::string> lines = {"CloudEvents sink (binary, structured or batched): " + url};
  if (!settings_->tokens.empty())
    lines.emplace_back(
        "the token of token= as Bearer, as Basic password, or as one more part of the address");
  if (!settings_->signing.empty()) lines.emplace_back("or the signing secret of hmac= (Standard Webhooks)");
  lines.emplace_back(
      "Tekton: default-cloud-events-sink in the ConfigMap config-defaults; token in the address");
  return lines;
}

}  // namespace carillon::source::cdevents
