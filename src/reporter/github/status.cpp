// GitHubStatusPush.
#include <array>

#include "base/encoding.hpp"
#include "reporter/common/commit_status.hpp"
#include "reporter/common/optional_fields.hpp"
#include "reporter/github/api.hpp"
#include "reporter/github/github.hpp"

namespace carillon::reporter::github {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_description = 140;
constexpr std::size_t max_context = 255;
constexpr std::size_t max_url = 2000;  // GitHub names no limit
constexpr std::array<const char*, 7> states = {"success", "success", "failure", "success",
                                               "error",   "pending", "error"};

const char* state_of(const Progress& progress) {
  if (!progress.results || progress.phase == Phase::waiting) return "pending";
  return states.at(static_cast<std::size_t>(*progress.results));
}

class GitHubStatusPush final : public Reporter {
 public:
  GitHubStatusPush(const Arguments& args, const Environment& environment)
      : api_(args, environment),
        context_(wording(args, "context")),
        descriptions_(read_descriptions(args, "Build started.", "Build done.")) {}

  Needs needs() const override { return Needs{}; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    if (details.builds.empty()) co_return std::vector<Delivery>();
    const json::object& build = details.builds.front();
    std::vector<std::string> notes;
    json::object body;
    body["state"] = state_of(progress_of(details));
    const auto words = co_await render_line(context_, details, "buildbot/" + facts_of(build).builder, notes);
    bool replaced = false;
    const std::string context = bounded_key(spelled_astral(words, replaced), max_context);
    body["context"] = context;
    const auto description = co_await describe(descriptions_, details, max_description, notes);
    if (description) body["description"] = without_astral(*description, replaced);
    if (replaced) notes.emplace_back("characters above U+FFFF are replaced: GitHub refuses them");
    if (const auto url = status_link(build, max_url, notes)) body["target_url"] = *url;
    StatusSheet sheet("github", details);
    for (const auto& [at, commit] : reported_commits(build, api_.forge(), Hashes::whole, sheet)) {
      const auto repository = repository_of(commit);
      if (!repository) {
        sheet.leave_out(
            commit, "no GitHub repository: neither the project nor the repository's URL names owner/repo");
      } else {
        json::object payload;
        payload["path"] = path_of(*repository) + "/statuses/" + commit.revision;
        payload["body"] = body;
        const std::string place = api_.place() + " " + fold_to_line(valid_utf8(repository->full())) + " ";
        sheet.add(at, "github " + place + commit.revision + " " + context,
                  place + commit.revision.substr(0, 12), json::serialize(payload));
      }
    }
    co_return std::move(sheet).deliveries(notes);
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value payload = json::parse(delivery.payload);
    const std::string path(payload.at("path").as_string());
    json::object body = payload.at("body").as_object();
    auto response = co_await api_.call("POST", path, json::serialize(body));
    std::string remark;
    if (response) remark = drop_refused(*response, body, {"target_url", "description"});
    if (!remark.empty()) response = co_await api_.call("POST", path, json::serialize(body));
    if (!response) co_return failed(response);
    auto receipt = api_.conclude(delivery, *response);
    if (receipt) receipt->answer += remark;
    co_return receipt;
  }

  Shown show(const Delivery& delivery) const override {
    const json::value payload = json::parse(delivery.payload);
    return api_.shown("POST", std::string(payload.at("path").as_string()),
                      json::serialize(payload.at("body")));
  }

  std::string account() const override { return api_.account(); }

 private:
  Api api_;
  Wording context_;
  Descriptions descriptions_;
};

}  // namespace

settings::Schema status_schema() {
  const Value none{};
  settings::Schema schema;
  schema.name = "GitHubStatusPush";
  schema.modules = {"buildbot.reporters.github"};
  schema.arguments = {
      {"token", api_token_types(), true, none, "API token, or what gives one"},
      {.name = "startDescription",
       .types = {Type::string, Type::renderable},
       .doc = "when the build starts (Build started.)"},
      {.name = "endDescription",
       .types = {Type::string, Type::renderable},
       .doc = "when the build ends (Build done.)"},
      {.name = "context",
       .types = {Type::string, Type::renderable},
       .doc = "tells statuses of one commit apart (buildbot/%(prop:buildername)s)"},
      {.name = "baseURL",
       .types = {Type::string},
       .doc = "API of a GitHub Enterprise server (https://api.github.com)"},
  };
  add_verbose_argument(schema);
  add_push_arguments(schema);
  add_wire_arguments(schema);
  add_pending_argument(schema);
  return schema;
}

std::unique_ptr<Reporter> make_status(const Arguments& args, const Environment& environment) {
  return std::make_unique<GitHubStatusPush>(args, environment);
}

}  // namespace carillon::reporter::github
