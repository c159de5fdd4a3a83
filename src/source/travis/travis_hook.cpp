#include "source/travis/travis_hook.hpp"

#include "source/hook/body.hpp"
#include "source/hook/signature.hpp"
#include "source/travis/travis_run.hpp"

namespace carillon::source::travis {
namespace {

constexpr std::int64_t kept_for = std::int64_t{24} * 3600;
constexpr std::int64_t asked_again_after = 60;
constexpr std::size_t largest_answer = std::size_t{256} << 10U;

}  // namespace

bool TravisHook::may_be_right(const web::Head& head) const {
  return hook::is_form(head) && !header(head, "signature").empty();
}

bool TravisHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  const std::string& key = settings_.public_key.empty() ? key_->text : settings_.public_key;
  const auto payload = hook::form_field(body, "payload");
  return payload && !key.empty() && hook::signed_by_rsa_sha1(header(head, "signature"), *payload, key);
}

// The key of yesterday is better than none.
Task<void> TravisHook::fetch(std::shared_ptr<Key> key, http::Client& http, http::Request request,
                             std::int64_t now) {
  const Gate::Place place = co_await key->gate.enter();
  if (now - key->asked < asked_again_after) {
    if (key->text.empty()) co_return unreachable("its API told none a moment ago");
    co_return ok();
  }
  key->asked = now;
  auto response = co_await http.request(std::move(request));
  Result<void> judged = response ? http::judge(*response, now) : failed(response);
  if (judged) {
    boost::system::error_code error;
    const json::value value = json::parse(response->body, error);
    std::string text = !error && value.is_object()
                           ? text_at(value.get_object(), "config.notifications.webhook.public_key")
                           : std::string();
    if (hook::is_rsa_key(text)) {
      key->text = std::move(text);
      key->told = now;
      co_return ok();
    }
    judged = unreachable("its API tells none");
  }
  if (!key->text.empty()) co_return ok();
  co_return judged;
}

Task<void> TravisHook::get_ready(std::int64_t now, bool was_wrong) const {
  if (!was_wrong && now - key_->told < kept_for) return hook::Dialect::get_ready(now, was_wrong);
  http::Request request;
  request.url = settings_.api + "config";
  request.headers = {{"Accept", "application/json"}, {"User-Agent", "carillon/" CARILLON_VERSION}};
  request.verify = settings_.verify;
  request.max_body = largest_answer;
  return fetch(key_, http_, std::move(request), now);
}

Result<hook::Heard> TravisHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = "build";
  heard.delivery = header(head, "x-request-id");
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  auto run = run_of(*object, heard.notes);
  if (!run) return failed(run.error());
  if (!hook::wants(settings_.repos, run->project)) {
    heard.ignored = "build of " + run->project + ", which repos= does not name";
    return heard;
  }
  heard.runs.push_back(std::move(*run));
  return heard;
}

std::vector<std::string> TravisHook::advice(const std::string& url) const {
  return {"in .travis.yml of each repository:", "notifications: {webhooks: {urls: [\"" + url +
                                                    "\"], on_success: always, on_failure: always, on_start: "
                                                    "always, on_cancel: always, on_error: always}}"};
}

}  // namespace carillon::source::travis
