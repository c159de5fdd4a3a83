// Starting and stopping builds.
#include "base/encoding.hpp"
#include "source/jenkins/jenkins_api.hpp"
#include "source/jenkins/parameters.hpp"

namespace carillon::source::jenkins {
namespace {

// What is in the queue for longer is not waited for.
constexpr std::chrono::milliseconds looks_at_queue[] = {std::chrono::milliseconds(300),
                                                        std::chrono::seconds(1), std::chrono::seconds(2),
                                                        std::chrono::seconds(2), std::chrono::seconds(3)};

// Without what they are for: "JSESSIONID.1=abc; b=c".
std::string cookies_of(const http::Response& answer) {
  std::string all;
  for (const auto& [name, value] : answer.headers) {
    if (name == "set-cookie") all += (all.empty() ? "" : "; ") + value.substr(0, value.find(';'));
  }
  return all;
}

}  // namespace

// An API token needs no crumb; a password does, which is one of the session that it was given in.
Task<http::Response> JenkinsApi::post(std::string path, std::string form) {
  auto answer = co_await account_.post_form(path, form, {});
  if (!answer || answer->status != 403 || answer->body.find("crumb") == std::string::npos) co_return answer;
  const auto issued = co_await account_.get("crumbIssuer/api/json");
  if (!issued) co_return failed(issued.error());
  boost::system::error_code error;
  const json::value told = boost::json::parse(issued->body, error);
  const json::object* crumb = !error ? told.if_object() : nullptr;
  if (crumb == nullptr || issued->status != 200) co_return answer;
  std::vector<std::pair<std::string, std::string>> headers;
  headers.emplace_back(text_at(*crumb, "crumbRequestField"), text_at(*crumb, "crumb"));
  if (headers.front().first.empty()) co_return answer;
  if (std::string cookies = cookies_of(*issued); !cookies.empty())
    headers.emplace_back("Cookie", std::move(cookies));
  co_return co_await account_.post_form(std::move(path), std::move(form), std::move(headers));
}

Task<hook::Form> JenkinsApi::form(const hook::Pipeline& pipeline, const std::string& /*branch*/) {
  const auto name = build_of_id(pipeline.run);
  if (!name) co_return rejected("it is no job of Jenkins'");
  const auto job = co_await account_.json(api_address(address_of_job(name->job), parameter_fields));
  if (!job) co_return failed(job.error());
  if (!job->is_object())
    co_return rejected("Jenkins does not know " + name->job + ", or the user may not see it");
  co_return parameters_of(job->get_object());
}

Task<std::string> JenkinsApi::start(const hook::Pipeline& pipeline, const hook::Form& /*form*/,
                                    const hook::Order& order) {
  const auto name = build_of_id(pipeline.run);
  if (!name) co_return rejected("it is no job of Jenkins'");
  const std::string address = address_of_job(name->job);
  // Jobs have parameters, too, that nobody can set here.
  const auto job = co_await account_.json(api_address(address, parameter_fields));
  if (!job) co_return failed(job.error());
  const bool takes_parameters = job->is_object() && has_parameters(job->get_object());
  const auto answer = co_await post(
      address + (takes_parameters ? "buildWithParameters" : "build") + "?delay=0sec", form_text(order));
  if (!answer) co_return failed(answer.error());
  if (answer->status == 403) co_return rejected("the user may not start builds: Job/Build is needed");
  if (answer->status == 404)
    co_return rejected("Jenkins does not know " + name->job + ", or the user may not see it");
  if (answer->status == 409) co_return rejected("the job is disabled");
  const bool is_taken = answer->status / 100 == 2 || answer->status == 302 || answer->status == 303;
  if (!is_taken) {
    const auto judged = http::judge(*answer, clock_.now() / 1000);
    if (!judged) co_return failed(judged.error());
  }
  const std::string item = queue_item_of(answer->header("location").value_or(""));
  if (item.empty()) co_return std::string();
  co_return co_await wait_for_build(name->job, item);
}

// It has been started, whatever comes of the search.
Task<std::string> JenkinsApi::wait_for_build(const std::string& job, const std::string& item) {
  for (const auto pause : looks_at_queue) {
    co_await sleep_for(pause);
    const auto answer =
        co_await account_.json(api_address("queue/item/" + item + "/", "cancelled,executable[number]"));
    if (!answer || !answer->is_object()) continue;
    if (const auto number = integer_at(answer->get_object(), "executable.number"))
      co_return id_of({job, *number, std::strtoll(item.c_str(), nullptr, 10)});
  }
  co_return std::string();
}

Task<void> JenkinsApi::stop(const std::string& /*project*/, const std::string& id) {
  const auto name = build_of_id(id);
  if (!name) co_return rejected("only builds of Jenkins' can be stopped");
  // Jenkins takes it of what has ended, too.
  const auto build = co_await account_.json(api_address(address_of_build(*name), "building"));
  if (!build) co_return failed(build.error());
  if (!build->is_object()) co_return rejected("Jenkins does not know the build, or the user may not see it");
  const json::value* building = build->get_object().if_contains("building");
  if (building != nullptr && *building == json::value(false))
    co_return rejected("the build has ended already");
  const auto answer = co_await post(address_of_build(*name) + "stop", "");
  if (!answer) co_return failed(answer.error());
  if (answer->status == 403)
    co_return rejected(settings_->auth ? "the user may not stop builds: Job/Cancel is needed"
                                       : "nobody may stop builds: sources.Jenkins needs auth=");
  if (answer->status / 100 == 3) co_return ok();
  co_return http::judge(*answer, clock_.now() / 1000);
}

}  // namespace carillon::source::jenkins
