#include "source/bitbucket/bitbucket_hook.hpp"

#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::bitbucket {
namespace {

using hook::Phase;

constexpr std::string_view signature_header = "x-hub-signature";
constexpr std::string_view signature_prefix = "sha256=";
constexpr std::string_view results_part = "/results/";

// The digits behind the part of the address; nullopt: there are none.
std::optional<std::int64_t> number_behind(std::string_view url, std::string_view part) {
  const auto at = url.rfind(part);
  if (at == std::string_view::npos) return std::nullopt;
  url.remove_prefix(at + part.size());
  std::size_t digits = 0;
  while (digits < url.size() && is_digits(url.substr(digits, 1)))
    ++digits;
  if (digits == 0 || digits > 15) return std::nullopt;
  return std::stoll(std::string(url.substr(0, digits)));
}

std::string last_part(std::string_view url) {
  return std::string(url.substr(url.rfind('/') + 1));
}

Result<hook::Run> bitbucket_run_of(const json::object& body, std::vector<std::string>& notes) {
  const auto state = hook::need_text(body, "commit_status.state");
  const auto key = hook::need_text(body, "commit_status.key");
  const auto created = hook::need_text(body, "commit_status.created_on");
  if (!state) return failed(state.error());
  if (!key) return failed(key.error());
  if (!created) return failed(created.error());
  const auto submitted = hook::moment_of(*created);
  if (!submitted) return rejected("commit_status.created_on: is no moment");
  hook::Run made;
  const json::object& status = *object_at(body, "commit_status");
  const auto known = hook::state_of(*state);
  if (!known) notes.push_back("unknown state '" + *state + "'");
  made.state = known.value_or(hook::State{Phase::ended, Results::exception});
  made.project = text_at(body, "repository.full_name");
  made.revision = text_at(status, "commit.hash");
  if (made.revision.empty()) made.revision = last_part(text_at(status, "links.commit.href"));
  if (made.revision.empty())
    return rejected("commit_status.commit.hash: missing, and links.commit.href, too");
  made.id = hook::key_part(made.revision) + "." + hook::key_part(*key) + "." + std::to_string(*submitted);
  made.submitted = submitted;
  made.started = submitted;
  made.url = text_at(status, "url");
  // Each Pipeline has a key of its own, and its number in the address.
  const bool of_pipelines =
      made.url.starts_with("https://bitbucket.org/") && made.url.find("pipelines") != std::string::npos;
  const auto number = of_pipelines ? number_behind(made.url, results_part) : std::nullopt;
  made.number = number.value_or(*submitted);
  made.pipeline = number ? "pipelines" : *key;
  if (made.state.phase == Phase::ended) {
    made.ended = hook::moment_at(status, "updated_on");
    // One status is set again and again.
    if (made.ended) made.occurrence = std::to_string(*made.ended);
  }
  made.said = text_at(status, "description");
  made.reason = text_at(status, "name");
  made.branch = text_at(status, "refname");
  if (const std::string page = text_at(body, "repository.links.html.href"); !page.empty())
    made.repository = page + ".git";
  made.commit.revision = made.revision;
  made.commit.message = text_at(status, "commit.message");
  made.commit.when = hook::moment_at(status, "commit.date");
  made.event = "commit_status";
  made.owner = hook::first_text(body, {"actor.nickname", "actor.display_name"});
  made.properties.emplace_back("bitbucket_key", json::value(*key));
  return made;
}

}  // namespace

bool BitbucketHook::may_be_right(const web::Head& head) const {
  constexpr std::size_t digits = 64;
  const std::string_view shown = header(head, signature_header);
  return shown.starts_with(signature_prefix) && shown.size() == signature_prefix.size() + digits;
}

bool BitbucketHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  return hook::signed_in_hex(header(head, signature_header), signature_prefix, body, secrets_);
}

Result<hook::Heard> BitbucketHook::hear(const web::Head& head, std::string_view body, Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = header(head, "x-event-key");
  heard.delivery = header(head, "x-request-uuid");
  if (heard.kind != "repo:commit_status_created" && heard.kind != "repo:commit_status_updated") {
    heard.ignored = heard.kind.empty() ? "no X-Event-Key" : heard.kind;
    return heard;
  }
  const auto object = hook::read_object(head, body);
  if (!object) return failed(object.error());
  const auto repository = hook::need_text(*object, "repository.full_name");
  if (!repository) return failed(repository.error());
  if (!hook::wants(repos_, *repository)) {
    heard.ignored = heard.kind + " of " + *repository + ", which repos= does not name";
    return heard;
  }
  auto made = bitbucket_run_of(*object, heard.notes);
  if (!made) return failed(made.error());
  heard.runs.push_back(std::move(*made));
  return heard;
}

std::vector<std::string> BitbucketHook::advice(const std::string& url) const {
  return {"Repository settings > Webhooks > Add webhook (or those of the workspace)", "URL: " + url,
          "Secret: that of secret=",
          "Triggers > Choose from a full list: Repository: Build status created, Build status updated"};
}

}  // namespace carillon::source::bitbucket
