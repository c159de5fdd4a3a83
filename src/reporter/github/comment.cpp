// GitHubCommentPush.
#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "reporter/common/comment_text.hpp"
#include "reporter/common/commit_status.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/github/api.hpp"
#include "reporter/github/github.hpp"

namespace carillon::reporter::github {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_body = 65536;
constexpr std::size_t page_size = 100;
constexpr int most_pages = 50;
constexpr auto hidden = Mark::html_comment;

struct Comment {
  std::int64_t id = 0;
  std::string body;
};

struct PullRequest {
  RepositoryPath repository;
  std::int64_t number = 0;
  std::string shown() const {
    return fold_to_line(valid_utf8(repository.full())) + "#" + std::to_string(number);
  }
};

// What a build's properties say: Buildbot's `branch`, and `github.number` that its webhook leaves.
std::optional<std::int64_t> number_of(const json::object& build) {
  const json::value* branch = property(build, "branch");
  if (branch != nullptr && branch->is_string()) {
    if (const auto number = pull_request_of(branch->get_string())) return number;
  }
  const json::value* number = property(build, "github.number");
  if (number != nullptr && number->is_int64() && number->get_int64() > 0) return number->get_int64();
  return std::nullopt;
}

// Each pull request once: those that the commits' branches name, else the one that the properties name, which
// then is of the first commit. reason: why there is none.
std::vector<PullRequest> pull_requests_of(const json::object& build, const Forge& forge,
                                          std::string& reason) {
  std::vector<Commit> commits;
  std::vector<PullRequest> found;
  const auto all = commits_of(build);
  const auto reasons = elsewhere(forge, all);
  reason = all.empty() ? "the build has no sourcestamp"
                       : "no pull request: the branch is not refs/pull/N/merge or refs/pull/N/head";
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (reasons[i].empty()) {
      commits.push_back(all[i]);
    } else {
      reason = reasons[i];
    }
  }
  const auto add = [&](const Commit& commit, std::int64_t number) {
    const auto repository = repository_of(commit);
    if (!repository) {
      reason = no_repository;
      return;
    }
    const PullRequest made{*repository, number};
    const auto same = [&](const PullRequest& other) { return other.shown() == made.shown(); };
    if (std::ranges::none_of(found, same)) found.push_back(made);
  };
  for (const Commit& commit : commits) {
    if (const auto number = pull_request_of(commit.branch)) add(commit, *number);
  }
  const auto number = number_of(build);
  if (found.empty() && number && !commits.empty()) add(commits.front(), *number);
  return found;
}

// Buildbot takes an empty text for none.
Wording description(const Arguments& args, std::string_view name, std::optional<std::string> fallback) {
  Wording made = wording(args, name, std::move(fallback));
  made.breaks_mentions = true;
  const auto* text = made.value.as<std::string>();
  if (text != nullptr && text->empty()) made.value = Value{};
  return made;
}

class GitHubCommentPush final : public Reporter {
 public:
  GitHubCommentPush(const Arguments& args, const Environment& environment)
      : api_(args, environment),
        name_(args.name().empty() ? args.class_name() : args.name()),
        start_(description(args, "startDescription", std::nullopt)),
        end_(description(args, "endDescription", "Build done.")),
        sticky_(args.boolean("sticky")) {}

  Needs needs() const override { return Needs{}; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    if (details.builds.empty()) co_return std::vector<Delivery>();
    const json::object& build = details.builds.front();
    const bool ended = progress_of(details).results.has_value();
    // By default, only the end is commented on.
    if (!ended && !details.report && start_.value.is_none())
      co_return nothing_to_send("github-comment", details, api_.place(), "no startDescription");
    std::vector<std::string> notes;
    std::string reason;
    const std::vector<PullRequest> pulls = pull_requests_of(build, api_.forge(), reason);
    std::vector<Delivery> deliveries;
    if (!pulls.empty()) {
      const Wording& words = ended ? end_ : start_;
      const auto text = co_await render_text(words, details, notes);
      const bool blank = !text || is_blank(*text);
      if (blank) reason = words.argument + " is empty for this build";
      for (std::size_t i = 0; !blank && i < pulls.size(); ++i)
        deliveries.push_back(delivery_to(pulls[i], details, *text, i));
    }
    if (deliveries.empty()) {
      notes.push_back(reason);
      deliveries.push_back(skipped_delivery("github-comment", details, api_.place(), ""));
    }
    for (Delivery& delivery : deliveries)
      delivery.note = joined_notes(notes);
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    if (payload.contains("section")) co_return co_await send_sticky(delivery, payload);
    const std::string issue(payload.at("issue").as_string());
    if (delivery.maybe_sent) {
      const auto there = co_await find_comment(issue, delivery.key, payload.at("since").as_string());
      if (!there) co_return failed(there);
      const std::optional<Comment>& found = *there;
      if (found) co_return already("comment " + std::to_string(found->id) + " is there already");
    }
    co_return co_await post(delivery, issue, std::string(payload.at("body").as_string()), nullptr);
  }

  // Of a sticky comment as it is when there is none yet; else its section of one that is there changes.
  Shown show(const Delivery& delivery) const override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    json::object body;
    if (payload.contains("section")) {
      body["body"] =
          with_section(hidden, "", sticky_key(), payload.at("section").as_string(),
                       payload.at("rank").to_number<std::int64_t>(), payload.at("text").as_string(), max_body)
              .value_or("");
    } else {
      body["body"] = payload.at("body");
    }
    return api_.shown("POST", std::string(payload.at("issue").as_string()) + "/comments",
                      json::serialize(body));
  }

  std::string account() const override { return api_.account(); }

 private:
  Delivery delivery_to(const PullRequest& pull, const Details& details, const std::string& text,
                       std::size_t index) const {
    const json::object& build = details.builds.front();
    const std::string builder = fold_to_line(valid_utf8(facts_of(build).builder));
    Delivery delivery;
    delivery.key = "github-comment:" + details.event_id + "#" + std::to_string(index);
    delivery.target = api_.place() + " " + pull.shown();
    delivery.lane = "github " + delivery.target;
    delivery.summary = build_summary(build);
    json::object payload;
    payload["repository"] = path_of(pull.repository);
    payload["issue"] = path_of(pull.repository) + "/issues/" + std::to_string(pull.number);
    if (sticky_) {
      payload["section"] = builder;
      payload["rank"] = rank_of(details);
      payload["text"] = text;
      delivery.status = delivery.lane + " " + builder;
      delivery.rank = rank_of(details);
    } else {
      payload["body"] = marked(hidden, text, delivery.key, max_body);
      payload["since"] = since(build);
    }
    delivery.payload = json::serialize(payload);
    return delivery;
  }

  // A comment about the build cannot be older than the build.
  static std::string since(const json::object& build) {
    const auto started = BuildView(build).started_at();
    if (!started || *started <= 0 || *started > 253402300799) return {};
    const std::chrono::sys_seconds at{std::chrono::seconds(*started)};
    const auto day = std::chrono::floor<std::chrono::days>(at - std::chrono::hours(1));
    const std::chrono::year_month_day date{day};
    std::string text = std::to_string(static_cast<int>(date.year())) + "-";
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return text + two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) +
           "T00:00:00Z";
  }

  static Receipt already(std::string answer) {
    Receipt receipt;
    receipt.answer = std::move(answer);
    return receipt;
  }

  // id: where the new comment's id goes, or null.
  Task<Receipt> post(const Delivery& delivery, const std::string& issue, const std::string& text,
                     std::int64_t* id) {
    json::object body;
    body["body"] = text;
    const auto response = co_await api_.call("POST", issue + "/comments", json::serialize(body));
    if (!response) co_return failed(response);
    auto receipt = api_.conclude(delivery, *response);
    if (receipt && id != nullptr) {
      boost::system::error_code error;
      const json::value answer = json::parse(response->body, error);
      if (!error && answer.is_object()) *id = integer_at(answer.get_object(), "id").value_or(0);
    }
    co_return receipt;
  }

  // The first comment with the mark, page by page. since: nothing older is looked at; empty for all.
  Task<std::optional<Comment>> find_comment(const std::string& issue, std::string key,
                                            std::string_view since) {
    std::string query = "/comments?per_page=" + std::to_string(page_size);
    if (!since.empty()) query += "&since=" + percent_encode(since);
    for (int page = 1; page <= most_pages; ++page) {
      const auto response = co_await api_.call("GET", issue + query + "&page=" + std::to_string(page), "");
      if (!response) co_return failed(response);
      const auto judged = api_.judge(*response);
      if (!judged) co_return failed(judged);
      boost::system::error_code error;
      const json::value answer = json::parse(response->body, error);
      const json::array* comments = error ? nullptr : answer.if_array();
      if (comments == nullptr) co_return unreachable("GitHub's list of comments is not a JSON list");
      for (const json::value& item : *comments) {
        const json::object* object = item.if_object();
        const auto body = object != nullptr ? string_at(*object, "body") : std::nullopt;
        const auto id = object != nullptr ? integer_at(*object, "id") : std::nullopt;
        if (body && id && !foreign_.contains(*id) && has_mark(hidden, *body, key))
          co_return Comment{*id, std::string(*body)};
      }
      if (comments->size() < page_size) break;
    }
    co_return std::nullopt;
  }

  Task<std::optional<Comment>> known_comment(const json::object& payload, const std::string& issue) {
    const auto known = comments_.find(issue);
    if (known == comments_.end()) co_return co_await find_comment(issue, sticky_key(), "");
    const std::string path = std::string(payload.at("repository").as_string()) + "/issues/comments/" +
                             std::to_string(known->second);
    const auto response = co_await api_.call("GET", path, "");
    if (!response) co_return failed(response);
    if (response->status == 404) {
      comments_.erase(issue);
      co_return co_await find_comment(issue, sticky_key(), "");
    }
    const auto judged = api_.judge(*response);
    if (!judged) co_return failed(judged);
    boost::system::error_code error;
    const json::value answer = json::parse(response->body, error);
    const auto body = !error && answer.is_object() ? string_at(answer.get_object(), "body") : std::nullopt;
    if (!body) co_return unreachable("GitHub's comment has no body");
    co_return Comment{known->second, std::string(*body)};
  }

  // Several deliveries of one pull request share a lane, so that nobody else of us edits the comment
  // meanwhile.
  Task<Receipt> send_sticky(const Delivery& delivery, const json::object& payload) {
    const std::string issue(payload.at("issue").as_string());
    const auto there = co_await known_comment(payload, issue);
    if (!there) co_return failed(there);
    const std::optional<Comment>& found = *there;
    const auto text =
        with_section(hidden, found ? found->body : "", sticky_key(), payload.at("section").as_string(),
                     payload.at("rank").to_number<std::int64_t>(), payload.at("text").as_string(), max_body);
    if (!text && found) co_return already("a newer report is in comment " + std::to_string(found->id));
    if (!text) co_return already("a newer report is there");
    if (!found) {
      std::int64_t id = 0;
      auto receipt = co_await post(delivery, issue, *text, &id);
      if (receipt && id > 0) comments_[issue] = id;
      co_return receipt;
    }
    comments_[issue] = found->id;
    if (found->body == *text) co_return already("comment " + std::to_string(found->id) + " says so already");
    json::object body;
    body["body"] = *text;
    const std::string path =
        std::string(payload.at("repository").as_string()) + "/issues/comments/" + std::to_string(found->id);
    const auto response = co_await api_.call("PATCH", path, json::serialize(body));
    if (!response) co_return failed(response);
    if (response->status == 404) {  // deleted in this moment: the next attempt posts anew
      comments_.erase(issue);
      co_return unreachable("HTTP 404: the comment was deleted while it was being edited");
    }
    auto receipt = api_.conclude(delivery, *response);
    if (response->status == 403 && receipt.error().kind == Failure::Kind::rejected) {
      // Somebody copied the mark into a comment that we may not edit: the next attempt looks further.
      foreign_.insert(found->id);
      comments_.erase(issue);
      co_return unreachable(receipt.error().what);
    }
    co_return receipt;
  }

  // Two reporters of different names keep a comment each.
  std::string sticky_key() const { return "sticky " + name_; }

  Api api_;
  std::string name_;
  Wording start_;
  Wording end_;
  bool sticky_;
  std::set<std::int64_t> foreign_;                // comments of others that have our mark
  std::map<std::string, std::int64_t> comments_;  // the sticky comment of a pull request, by its path
};

}  // namespace

settings::Schema comment_schema() {
  const Value none{};
  settings::Schema schema;
  schema.name = "GitHubCommentPush";
  schema.modules = {"buildbot.reporters.github"};
  schema.arguments = {
      {"token", api_token_types(), true, none, "API token, or what gives one"},
      {.name = "startDescription",
       .types = {Type::string, Type::renderable},
       .doc = "comment when the build starts (none)"},
      {.name = "endDescription",
       .types = {Type::string, Type::renderable},
       .doc = "comment when the build ends (Build done.)"},
      {.name = "baseURL",
       .types = {Type::string},
       .doc = "API of a GitHub Enterprise server (https://api.github.com)",
       .is_url = true},
  };
  schema.other_order = {"token", "startDescription", "endDescription", "context", "baseURL", "verbose"};
  add_verbose_argument(schema);
  add_push_arguments(schema);
  add_wire_arguments(schema);
  schema.arguments.push_back({.name = "context",
                              .types = {Type::string, Type::renderable},
                              .doc = "accepted; a comment has no context"});
  schema.arguments.push_back({.name = "sticky",
                              .types = {Type::boolean},
                              .fallback = Value{false},
                              .doc = "one comment per pull request, edited in place"});
  return schema;
}

std::unique_ptr<Reporter> make_comment(const Arguments& args, const Environment& environment) {
  return std::make_unique<GitHubCommentPush>(args, environment);
}

}  // namespace carillon::reporter::github
