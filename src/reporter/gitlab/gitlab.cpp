#include "reporter/gitlab/gitlab.hpp"

#include <array>
#include <map>

#include "base/encoding.hpp"
#include "reporter/common/commit_status_push.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/optional_fields.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/token.hpp"
#include "reporter/gitlab/project.hpp"

namespace carillon::reporter::gitlab {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_chars = 255;  // of name, description and target_url

constexpr std::array<const char*, 7> states = {"success", "success", "failed",  "skipped",
                                               "failed",  "pending", "canceled"};

const char* state_of(const Progress& progress, bool warnings_succeed) {
  if (progress.phase == Phase::waiting) return "pending";
  if (progress.phase == Phase::started || !progress.results) return "running";
  if (progress.results == Results::warnings && !warnings_succeed) return "failed";
  return states.at(static_cast<std::size_t>(*progress.results));
}

class GitLabStatusPush final : public CommitStatusPush {
 public:
  GitLabStatusPush(const Arguments& args, const Environment& environment)
      : CommitStatusPush(args.boolean("ownRuns")),
        env_(environment),
        wire_(read_wire(args, "gitlab")),
        base_url_(base_url(args, "baseURL")),
        token_(args, "token", environment),
        context_(wording(args, "context")),
        descriptions_(read_descriptions(args, "Build started.", "Build done.")),
        warnings_succeed_(args.boolean("warningAsSuccess")) {
    wire_.json = true;
    for (const std::string_view api : {"/api/v4", "/api/v3", "/api"}) {
      if (base_url_.ends_with(api)) {
        args.fail("baseURL", "must be the server alone: write '" +
                                 base_url_.substr(0, base_url_.size() - api.size()) + "', without '" +
                                 std::string(api) + "'");
      }
    }
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    const std::string project(payload.at("project").as_string());
    std::string number = project;
    if (!payload.at("is_number").as_bool()) {
      auto found = co_await number_of(project);
      if (!found) co_return failed(found);
      number = *found;
    }
    const std::string sha(payload.at("sha").as_string());
    const std::string url = url_of(number, sha);
    json::object body = payload.at("body").as_object();
    const std::string state(body.at("state").as_string());
    if (state == "skipped" && !knows_skipped_) body["state"] = "success";
    if (delivery.maybe_sent && ends_job(state) && co_await is_shown(number, sha, body)) {
      Receipt receipt;
      receipt.answer = "already there: an earlier attempt had arrived";
      co_return receipt;
    }
    auto response = co_await post(url, body);
    std::string remark;
    if (response) remark = drop_refused(*response, body, {"target_url", "description"});
    if (!remark.empty()) response = co_await post(url, body);
    if (response && state == "skipped" && knows_skipped_ && refuses_state(*response)) {
      knows_skipped_ = false;
      body["state"] = "success";
      response = co_await post(url, body);
    }
    if (string_at(body, "state") != state)
      remark += "; as success: this GitLab is older than 17.6 and knows no skipped";
    if (!response) co_return failed(response);
    if (response->status == 404) numbers_.erase(project);  // it may have moved: a resend asks again
    if (response->status == 409) co_return unreachable("HTTP 409: GitLab is changing this pipeline");
    if (response->status == 400 && is_there_already(response->body, *string_at(body, "state"))) {
      Receipt receipt;
      receipt.answer = "already there (400: GitLab refuses to repeat a state)";
      co_return receipt;
    }
    auto receipt = conclude(env_, wire_, delivery, *response);
    if (receipt) receipt->answer += remark;
    co_return receipt;
  }

  // With the project's path where its number would have to be asked for; GitLab takes either.
  Shown show(const Delivery& delivery) const override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    const std::string project = percent_encode(payload.at("project").as_string());
    return shown_request("POST", shown_url(url_of(project, std::string(payload.at("sha").as_string()))),
                         json::serialize(payload.at("body")));
  }

  std::string account() const override { return account_name("gitlab", base_url_, token_.identity()); }

 private:
  std::string url_of(const std::string& project, const std::string& sha) const {
    return base_url_ + "/api/v4/projects/" + project + "/statuses/" + sha;
  }

  Kind kind() const override { return {"gitlab", {ForgeKind::gitlab, base_url_}, Hashes::abbreviated}; }

  // Without the ref, which each commit has for itself.
  asio::awaitable<json::object> body_of(const json::object& build, const Details& details,
                                        std::vector<std::string>& notes) override {
    json::object body;
    body["state"] = state_of(progress_of(details), warnings_succeed_);
    const auto name = co_await render_line(context_, details, "buildbot/" + facts_of(build).builder, notes);
    body["name"] = bounded_key(name, max_chars);
    const auto description = co_await describe(descriptions_, details, max_chars, notes);
    if (description) body["description"] = *description;
    if (const auto url = status_link(build, max_chars, notes)) body["target_url"] = *url;
    co_return body;
  }

  tl::expected<CommitStatus, std::string> status_of(const json::object& build,
                                                    const std::vector<ReportedCommit>& commits,
                                                    std::size_t index, const json::object& body) override {
    const Commit& commit = commits[index].commit;
    const bool merge_request = merge_request_of(build, commits) == index;
    const auto project =
        merge_request ? merge_request_project(build, commit, base_url_) : project_of(commit, base_url_);
    if (!project)
      return tl::unexpected<std::string>(
          "no project: neither a source_project_id nor a repository with a path");
    CommitStatus status;
    status.place = shown_url(base_url_) + " " + project->name;
    status.name = body.at("name").as_string();
    status.ref = merge_request ? merge_request_ref(build, commit) : ref_of(commit);
    json::object full = body;
    if (!status.ref->empty()) full["ref"] = *status.ref;
    status.payload["project"] = project->name;
    status.payload["is_number"] = project->is_number;
    status.payload["sha"] = commit.revision;
    status.payload["body"] = std::move(full);
    return status;
  }

  Task<http::Response> post(std::string url, const json::object& body) {
    http::Request request = json_post(wire_, std::move(url), json::serialize(body));
    request.needs_body = false;
    request.redirects_repeat = true;  // a project that was moved
    co_return co_await ask(std::move(request));
  }

  Task<http::Response> ask(http::Request request) {
    auto send = [this, request = std::move(request)](const Secret& token) {
      http::Request with = request;
      with.headers.emplace_back("PRIVATE-TOKEN", token.reveal());
      return exchange(env_, wire_, std::move(with));
    };
    co_return co_await with_token(token_, std::move(send));
  }

  // Repeated, these would open another job; for the others GitLab refuses that itself.
  static bool ends_job(std::string_view state) { return state != "running" && state != "pending"; }

  // Whether GitLab shows this very status. False when it cannot be asked: then it is posted, at worst twice.
  asio::awaitable<bool> is_shown(std::string number, std::string sha, json::object body) {
    http::Request request;
    request.url = base_url_ + "/api/v4/projects/" + number + "/repository/commits/" + sha +
                  "/statuses?name=" + percent_encode(body.at("name").as_string());
    if (const auto ref = string_at(body, "ref")) request.url += "&ref=" + percent_encode(*ref);
    const auto response = co_await ask(std::move(request));
    if (!response || response->status != 200) co_return false;
    boost::system::error_code error;
    const json::value parsed = json::parse(response->body, error);
    const json::array* statuses = error ? nullptr : parsed.if_array();
    if (statuses == nullptr) co_return false;
    for (const json::value& item : *statuses) {
      const json::object* status = item.if_object();
      if (status != nullptr && string_at(*status, "status") == string_at(body, "state") &&
          string_at(*status, "name") == string_at(body, "name") &&
          string_at(*status, "target_url") == string_at(body, "target_url") &&
          string_at(*status, "description") == string_at(body, "description")) {
        co_return true;
      }
    }
    co_return false;
  }

  // Servers before 17.6 have no state "skipped".
  static bool refuses_state(const http::Response& response) {
    return response.status == 400 &&
           response.body.find("state does not have a valid value") != std::string::npos;
  }

  // The project's number, asked for once.
  Task<std::string> number_of(const std::string& path) {
    if (const auto known = numbers_.find(path); known != numbers_.end()) co_return known->second;
    http::Request request;
    request.url = base_url_ + "/api/v4/projects/" + percent_encode(path);
    const auto response = co_await ask(std::move(request));
    if (!response) co_return failed(response);
    if (response->status == 404) {
      co_return rejected("HTTP 404: there is no project " + path + ", or the token may not see it");
    }
    const auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) {
      Failure failure = judged.error();
      failure.what = "asking for project " + path + ": " + failure.what;
      co_return failed(std::move(failure));
    }
    boost::system::error_code error;
    const json::value answer = json::parse(response->body, error);
    const json::object* object = error ? nullptr : answer.if_object();
    const auto id = object != nullptr ? integer_at(*object, "id") : std::nullopt;
    if (!id || *id < 0) co_return unreachable("asking for project " + path + ": the answer has no id");
    numbers_[path] = std::to_string(*id);
    co_return std::to_string(*id);
  }

  Environment env_;
  Wire wire_;
  std::string base_url_;
  Token token_;
  Wording context_;
  Descriptions descriptions_;
  bool warnings_succeed_;
  bool knows_skipped_ = true;  // until the server refuses it; asked again after a restart
  std::map<std::string, std::string, std::less<>> numbers_;  // path -> number
};

}  // namespace

settings::Schema schema() {
  const Value none{};
  settings::Schema schema;
  schema.name = "GitLabStatusPush";
  schema.modules = {"buildbot.reporters.gitlab"};
  schema.arguments = {
      {"token", token_types(), true, none, "token of a user that may update statuses, or what gives one"},
      {.name = "startDescription",
       .types = {Type::string, Type::renderable},
       .doc = "when the build starts (Build started.)"},
      {.name = "endDescription",
       .types = {Type::string, Type::renderable},
       .doc = "when the build ends (Build done.)"},
      {.name = "context",
       .types = {Type::string, Type::renderable},
       .doc = "name of the status (buildbot/%(prop:buildername)s)"},
      {.name = "baseURL",
       .types = {Type::string},
       .fallback = Value{std::string("https://gitlab.com")},
       .doc = "the server, without /api/"},
  };
  add_status_arguments(schema);
  schema.arguments.push_back({.name = "warningAsSuccess",
                              .types = {Type::boolean},
                              .fallback = Value{true},
                              .doc = "False: a build with warnings has failed"});
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<GitLabStatusPush>(args, environment);
}

}  // namespace carillon::reporter::gitlab
