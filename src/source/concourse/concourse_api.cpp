#include "source/concourse/concourse_api.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/concourse/concourse_run.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/run_id.hpp"

namespace carillon::source::concourse {
namespace {

constexpr std::int64_t login_lasts = 6 * 3600;  // a token is good for a day
constexpr int page_size = 100;
constexpr int most_pages = hook::most_in_a_list / page_size;
// Builds are listed by when they were made: a long one that has ended since was made before.
constexpr std::int64_t longest_build = 6 * 3600;

std::string build_path(const std::string& id) {
  const std::string number = hook::number_of(id, "build-");
  return number.empty() ? "" : "builds/" + number;
}

}  // namespace

ConcourseApi::ConcourseApi(Where where, http::Client& http, const Clock& clock)
    : where_(std::move(where)), http_(http), clock_(clock) {
  open_account(where_.token);
}

void ConcourseApi::open_account(const Secret& token) {
  hook::Account::Access access;
  access.base = where_.url + "api/v1/";
  access.headers = {{"Accept", "application/json"}, {"User-Agent", "carillon/" CARILLON_VERSION}};
  if (!token.empty()) access.headers.emplace_back("Authorization", "Bearer " + token.reveal());
  access.verify = where_.verify;
  account_ = std::make_shared<hook::Account>(http_, clock_, std::move(access));
}

// As its program `fly` does it, which is a client without a secret.
Task<void> ConcourseApi::log_in() {
  const std::int64_t now = clock_.now() / 1000;
  if (where_.user.empty() || !where_.token.empty() || now - logged_in_ < login_lasts) co_return ok();
  http::Request request;
  request.method = "POST";
  request.url = where_.url + "sky/issuer/token";
  request.auth = http::Auth{http::Auth::Scheme::basic, "fly", Secret("Zmx5")};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = "grant_type=password&username=" + percent_encode(where_.user) +
                 "&password=" + percent_encode(where_.password.reveal()) +
                 "&scope=openid%20profile%20email%20federated%3Aid%20groups";
  request.verify = where_.verify;
  auto response = co_await http_.request(std::move(request));
  if (!response) co_return failed(response);
  if (auto judged = http::judge(*response, now); !judged) {
    // What it says of a wrong password is 4xx, and is not tried again soon.
    co_return failed(judged);
  }
  boost::system::error_code error;
  const json::value body = boost::json::parse(response->body, error);
  const std::string token =
      !error && body.is_object() ? text_at(body.get_object(), "access_token") : std::string();
  if (token.empty()) co_return unreachable("the answer to the login has no access_token");
  open_account(Secret(token));
  logged_in_ = now;
  co_return ok();
}

Failure ConcourseApi::refused(Failure failure) {
  if (failure.kind != Failure::Kind::rejected || logged_in_ == 0) return failure;
  // The server may have forgotten the token: another one next time.
  logged_in_ = 0;
  failure.kind = Failure::Kind::unreachable;
  return failure;
}

Task<json::value> ConcourseApi::ask(const std::string& path) {
  if (auto done = co_await log_in(); !done) co_return failed(done);
  const auto account = account_;
  auto answer = co_await account->json(path);
  if (!answer) co_return failed(refused(answer.error()));
  co_return answer;
}

Task<std::vector<hook::Run>> ConcourseApi::changed_since(std::int64_t since,
                                                         const std::set<std::string>& /*projects*/) {
  if (auto done = co_await log_in(); !done) co_return failed(done);
  const auto account = account_;
  std::vector<hook::Run> found;
  std::optional<std::int64_t> oldest;
  bool any_list = false;
  // The newest come first.
  const auto is_old_enough = [&](const json::array& page) {
    any_list = true;
    bool any_new = false;
    for (const json::value& item : page) {
      std::vector<std::string> notes;
      if (!item.is_object()) continue;
      // What belongs to no job was somebody's trial.
      auto run = run_of(item.get_object(), where_.url, notes);
      if (!run) continue;
      if (run->started) oldest = run->started;
      any_new |= run->started.value_or(since) >= since - longest_build;
      if (run->ended && *run->ended < since) continue;
      if (where_.teams.empty() || std::ranges::find(where_.teams, run->project) != where_.teams.end())
        found.push_back(std::move(*run));
    }
    return !any_new;
  };
  const auto listed =
      co_await account->list("builds?limit=" + std::to_string(page_size), most_pages, is_old_enough);
  if (!listed) co_return failed(refused(listed.error()));
  if (!any_list) co_return unreachable("there is no list of builds");
  if (listed->cut) remark_cut("all builds", since, oldest.value_or(since));
  co_return found;
}

Task<std::optional<hook::Run>> ConcourseApi::run(const std::string& /*project*/, const std::string& id) {
  const std::string path = build_path(id);
  if (path.empty()) co_return std::nullopt;
  auto answer = co_await ask(path);
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return std::nullopt;
  std::vector<std::string> notes;
  auto run = run_of(answer->get_object(), where_.url, notes);
  if (!run) co_return unreachable("an answer that is no build: " + run.error().what);
  co_return std::move(*run);
}

// What went into it: the first resource of a git repository says the revision.
Task<void> ConcourseApi::complete(hook::Run& run) {
  const std::string path = build_path(run.id);
  if (path.empty()) co_return ok();
  auto answer = co_await ask(path + "/resources");
  if (!answer) co_return failed(answer);
  if (!answer->is_object()) co_return ok();
  for (const json::object* input : objects_at(answer->get_object(), "inputs")) {
    const std::string revision = text_at(*input, "version.ref");
    if (revision.empty()) continue;
    run.revision = revision;
    break;
  }
  co_return ok();
}

Task<std::string> ConcourseApi::log(const std::string& /*project*/, const std::string& /*job*/,
                                    std::size_t /*most*/) {
  co_return rejected("logs of Concourse's builds are not asked for");
}

}  // namespace carillon::source::concourse
