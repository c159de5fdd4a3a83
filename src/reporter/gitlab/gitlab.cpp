#include "reporter/gitlab/gitlab.hpp"

#include <array>
#include <map>

#include "base/encoding.hpp"
#include "reporter/commit_status.hpp"
#include "reporter/gitlab/project.hpp"
#include "reporter/texts.hpp"
#include "reporter/wire.hpp"

namespace carillon::reporter::gitlab {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_chars = 255;  // of name, description and target_url

constexpr std::array<const char*, 7> states = {"success", "success", "failed",  "skipped",
                                               "failed",  "pending", "canceled"};

const char* state_of(const Progress& progress) {
  if (progress.phase == Phase::waiting) return "pending";
  if (progress.phase == Phase::started || !progress.results) return "running";
  return states.at(static_cast<std::size_t>(*progress.results));
}

class GitLabStatusPush final : public Reporter {
 public:
  GitLabStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "gitlab")),
        base_url_(base_url(args, "baseURL")),
        token_(args.secret("token")),
        context_(wording(args, "context")),
        descriptions_(read_descriptions(args, "Build started.", "Build done.")) {
    if (token_.empty()) args.fail("token", "must not be empty");
  }

  Needs needs() const override { return Needs{}; }

  Task<std::vector<Delivery>> compose(const Order& order) override {
    if (order.builds.empty()) co_return std::vector<Delivery>();
    const json::object& build = order.builds.front();
    std::vector<std::string> notes;
    const json::object body = co_await body_of(order, notes);
    const std::string name(body.at("name").as_string());
    StatusSheet sheet("gitlab", order);
    std::size_t index = 0;
    for (const Commit& commit : commits_of(build)) {
      const std::size_t at = index++;
      const auto project = project_of(build, commit, base_url_);
      if (!is_commit_hash(commit.revision)) {
        sheet.leave_out(commit, commit.revision.empty() ? "no revision" : "the revision is no commit hash");
      } else if (!project) {
        sheet.leave_out(commit, "no project: neither a source_project_id nor a repository with a path");
      } else {
        const std::string ref = ref_of(build, commit);
        json::object full = body;
        if (!ref.empty()) full["ref"] = ref;
        json::object payload;
        payload["project"] = project->name;
        payload["is_number"] = project->is_number;
        payload["sha"] = commit.revision;
        payload["body"] = std::move(full);
        const std::string place = shown_url(base_url_) + " " + project->name;
        std::string lane = "gitlab ";
        lane.append(place).append(" ").append(commit.revision).append(" ").append(name);
        // GitLab keeps a state per ref, too; all of them go out one after the other.
        sheet.add(at, lane + " " + ref, place + " " + commit.revision.substr(0, 12), json::serialize(payload),
                  lane);
      }
    }
    co_return std::move(sheet).deliveries(notes);
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    const std::string project(payload.at("project").as_string());
    std::string number = project;
    if (!payload.at("is_number").as_bool()) {
      auto found = co_await number_of(project);
      if (!found) co_return tl::unexpected<Failure>(found.error());
      number = *found;
    }
    const std::string sha(payload.at("sha").as_string());
    const std::string url = url_of(number, sha);
    json::object body = payload.at("body").as_object();
    const std::string state(body.at("state").as_string());
    if (delivery.maybe_sent && ends_job(state) && co_await is_shown(number, sha, body)) {
      Receipt receipt;
      receipt.answer = "already there: an earlier attempt had arrived";
      co_return receipt;
    }
    auto response = co_await post(url, body);
    std::string remark;
    if (response && state == "skipped" && refuses_state(*response)) {
      body["state"] = "success";
      response = co_await post(url, body);
      remark = " as success: this GitLab knows no skipped";
    }
    if (!response) co_return tl::unexpected<Failure>(response.error());
    if (response->status == 404) numbers_.erase(project);  // it may have moved: a resend asks again
    if (response->status == 409) co_return unreachable("HTTP 409: GitLab is changing this pipeline");
    if (response->status == 400 && is_there_already(response->body, state)) {
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

  std::string account() const override { return account_name("gitlab", base_url_, token_); }

 private:
  std::string url_of(const std::string& project, const std::string& sha) const {
    return base_url_ + "/api/v4/projects/" + project + "/statuses/" + sha;
  }

  // Without the ref, which each commit has for itself.
  asio::awaitable<json::object> body_of(const Order& order, std::vector<std::string>& notes) {
    const json::object& build = order.builds.front();
    json::object body;
    body["state"] = state_of(progress_of(order));
    const auto name = co_await render_line(context_, order, "buildbot/" + facts_of(build).builder, notes);
    body["name"] = bounded_key(name, max_chars);
    const auto description = co_await describe(descriptions_, order, max_chars, notes);
    if (description) body["description"] = *description;
    const std::string url = valid_utf8(string_at(build, "url").value_or(""));
    if (ellipsize(url, max_chars) != url) {
      notes.emplace_back("the status has no link: the build's URL is longer than 255 characters");
    } else if (!url.empty()) {
      body["target_url"] = url;
    }
    co_return body;
  }

  Task<http::Response> post(std::string url, const json::object& body) {
    http::Request request = json_post(wire_, std::move(url), json::serialize(body));
    request.headers.emplace_back("PRIVATE-TOKEN", token_.reveal());
    co_return co_await exchange(env_, wire_, std::move(request));
  }

  // Repeated, these would open another job; for the others GitLab refuses that itself.
  static bool ends_job(std::string_view state) { return state != "running" && state != "pending"; }

  // Whether GitLab shows this very status. False when it cannot be asked: then it is posted, at worst twice.
  asio::awaitable<bool> is_shown(std::string number, std::string sha, json::object body) {
    http::Request request;
    request.url = base_url_ + "/api/v4/projects/" + number + "/repository/commits/" + sha +
                  "/statuses?name=" + percent_encode(body.at("name").as_string());
    if (const auto ref = string_at(body, "ref")) request.url += "&ref=" + percent_encode(*ref);
    request.headers.emplace_back("PRIVATE-TOKEN", token_.reveal());
    const auto response = co_await exchange(env_, wire_, std::move(request));
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

  // Older servers (before 17) have no state "skipped".
  static bool refuses_state(const http::Response& response) {
    return response.status == 400 &&
           response.body.find("state does not have a valid value") != std::string::npos;
  }

  // The project's number, asked for once.
  Task<std::string> number_of(const std::string& path) {
    if (const auto known = numbers_.find(path); known != numbers_.end()) co_return known->second;
    http::Request request;
    request.url = base_url_ + "/api/v4/projects/" + percent_encode(path);
    request.headers.emplace_back("PRIVATE-TOKEN", token_.reveal());
    const auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return tl::unexpected<Failure>(response.error());
    if (response->status == 404) {
      co_return rejected("HTTP 404: there is no project " + path + ", or the token may not see it");
    }
    const auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) {
      Failure failure = judged.error();
      failure.what = "asking for project " + path + ": " + failure.what;
      co_return tl::unexpected<Failure>(std::move(failure));
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
  Secret token_;
  Wording context_;
  Descriptions descriptions_;
  std::map<std::string, std::string, std::less<>> numbers_;  // path -> number
};

}  // namespace

settings::Schema schema() {
  const Value none{};
  settings::Schema schema;
  schema.name = "GitLabStatusPush";
  schema.modules = {"buildbot.reporters.gitlab"};
  schema.arguments = {
      {"token", {Type::secret}, true, none, "private token of a user that may update statuses"},
      {"startDescription",
       {Type::string, Type::renderable},
       false,
       none,
       "when the build starts (Build started.)"},
      {"endDescription", {Type::string, Type::renderable}, false, none, "when the build ends (Build done.)"},
      {"context",
       {Type::string, Type::renderable},
       false,
       none,
       "name of the status (buildbot/%(prop:buildername)s)"},
      {"baseURL",
       {Type::string},
       false,
       Value{std::string("https://gitlab.com")},
       "the server, without /api/"},
  };
  add_wire_arguments(schema);
  add_push_arguments(schema);
  add_pending_argument(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<GitLabStatusPush>(args, environment);
}

}  // namespace carillon::reporter::gitlab
