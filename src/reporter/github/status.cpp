// GitHubStatusPush.
#include <array>

#include "base/encoding.hpp"
#include "reporter/common/commit_status_push.hpp"
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

class GitHubStatusPush final : public CommitStatusPush {
 public:
  GitHubStatusPush(const Arguments& args, const Environment& environment)
      : CommitStatusPush(args.boolean("ownRuns")),
        api_(args, environment),
        context_(wording(args, "context")),
        descriptions_(read_descriptions(args, "Build started.", "Build done.")) {}

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
  Kind kind() const override { return {"github", api_.forge(), Hashes::whole}; }

  asio::awaitable<json::object> body_of(const json::object& build, const Details& details,
                                        std::vector<std::string>& notes) override {
    json::object body;
    body["state"] = state_of(progress_of(details));
    const auto words = co_await render_line(context_, details, "buildbot/" + facts_of(build).builder, notes);
    bool replaced = false;
    body["context"] = bounded_key(spelled_astral(words, replaced), max_context);
    const auto description = co_await describe(descriptions_, details, max_description, notes);
    if (description) body["description"] = without_astral(*description, replaced);
    if (replaced) notes.emplace_back("characters above U+FFFF are replaced: GitHub refuses them");
    if (const auto url = status_link(build, max_url, notes)) body["target_url"] = *url;
    co_return body;
  }

  tl::expected<CommitStatus, std::string> status_of(const json::object&,
                                                    const std::vector<ReportedCommit>& commits,
                                                    std::size_t index, const json::object& body) override {
    const Commit& commit = commits[index].commit;
    const auto repository = repository_of(commit);
    if (!repository) return tl::unexpected<std::string>(no_repository);
    CommitStatus status;
    status.place = api_.place() + " " + fold_to_line(valid_utf8(repository->full()));
    status.name = body.at("context").as_string();
    status.payload["path"] = path_of(*repository) + "/statuses/" + commit.revision;
    status.payload["body"] = body;
    return status;
  }

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
  add_status_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make_status(const Arguments& args, const Environment& environment) {
  return std::make_unique<GitHubStatusPush>(args, environment);
}

}  // namespace carillon::reporter::github
