#include "reporter/bitbucket/cloud_status.hpp"

#include "base/encoding.hpp"
#include "reporter/bitbucket/build_state.hpp"
#include "reporter/bitbucket/oauth_token.hpp"
#include "reporter/common/commit_status_push.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/login.hpp"
#include "reporter/common/optional_fields.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::bitbucket_cloud {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_key = 40;
constexpr std::size_t max_chars = 255;
constexpr std::size_t max_url = 2000;

constexpr bitbucket::States states = {"SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL",
                                      "FAILED",     "INPROGRESS", "STOPPED"};

// Bitbucket Cloud refuses a status whose link is to "localhost" or another name without a dot.
bool is_known_everywhere(std::string_view host) {
  return host.find('.') != std::string_view::npos || host.starts_with('[');
}

class BitbucketStatusPush final : public CommitStatusPush {
 public:
  BitbucketStatusPush(const Arguments& args, const Environment& environment)
      : CommitStatusPush(args.boolean("ownRuns")),
        env_(environment),
        wire_(read_wire(args, "bitbucket")),
        base_url_(base_url(args, "base_url")),
        login_(login(args)),
        key_(login_ ? Secret(login_->user + "\n" + login_->password.reveal()) : args.secret("oauth_key")),
        token_(environment, wire_, base_url(args, "oauth_url"), key_, args.secret("oauth_secret")),
        status_key_(wording(args, "status_key")),
        status_name_(wording(args, args.given("status_name") ? "status_name" : "statusName")),
        descriptions_(read_descriptions(args, std::nullopt, std::nullopt)) {
    wire_.json = true;
    if (args.given("status_name") && args.given("statusName"))
      args.fail("status_name", "is the same as statusName; give one of them");
    if (const auto url = split_repository_url(env_.site.buildbot_url);
        url && !is_known_everywhere(url->host)) {
      env_.log.warning("bitbucket", args.where() + ": Bitbucket Cloud takes no links to " + url->host +
                                        "; give c['buildbotURL'] a host name with a dot in it");
    }
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value payload = json::parse(delivery.payload);
    const std::string path(payload.at("path").as_string());
    json::object body = payload.at("body").as_object();
    auto response = co_await post(path, body);
    std::string remark;
    if (response) remark = without_refused(*response, payload.as_object(), body);
    if (!remark.empty()) response = co_await post(path, body);
    if (!response) co_return failed(response);
    auto receipt = conclude(env_, wire_, delivery, *response);
    if (receipt) receipt->answer += remark;
    co_return receipt;
  }

  Shown show(const Delivery& delivery) const override {
    const json::value payload = json::parse(delivery.payload);
    return shown_request("POST", shown_url(base_url_ + std::string(payload.at("path").as_string())),
                         json::serialize(payload.at("body")));
  }

  std::string account() const override { return account_name("bitbucket", base_url_, key_); }

 private:
  // An app password or a token of an account; nullopt: an OAuth consumer.
  static std::optional<http::Auth> login(const Arguments& args) {
    if (args.given("auth")) {
      for (const char* name : {"oauth_key", "oauth_secret"}) {
        if (args.given(name)) args.fail("auth", std::string("goes without ") + name);
      }
      return read_login(args, "auth");
    }
    for (const char* name : {"oauth_key", "oauth_secret"}) {
      if (!args.given(name)) args.fail(name, "is missing; give oauth_key and oauth_secret, or auth");
      if (args.secret(name).empty()) args.fail(name, "must not be empty");
    }
    return std::nullopt;
  }

  Kind kind() const override {
    return {"bitbucket", {ForgeKind::bitbucket_cloud, base_url_}, Hashes::abbreviated};
  }

  asio::awaitable<json::object> body_of(const json::object& build, const Details& details,
                                        std::vector<std::string>& notes) override {
    const std::string builder = fold_to_line(valid_utf8(facts_of(build).builder));
    json::object body;
    body["state"] = bitbucket::state_of(states, progress_of(details));
    body["key"] = bounded_key(co_await render_line(status_key_, details, builder, notes), max_key);
    const std::string name = co_await render_line(status_name_, details, builder, notes);
    body["name"] = ellipsize(name, max_chars);
    body["url"] = bitbucket::link_of(build, env_.site, max_url, notes);
    const auto description = co_await describe(descriptions_, details, max_chars, notes);
    if (description) body["description"] = *description;
    co_return body;
  }

  tl::expected<CommitStatus, std::string> status_of(const json::object&,
                                                    const std::vector<ReportedCommit>& commits,
                                                    std::size_t index, const json::object& body) override {
    const Commit& commit = commits[index].commit;
    const auto path = parse_repository_url(commit.repository);
    if (!path || path->owner.find('/') != std::string::npos)
      return tl::unexpected<std::string>(commit.repository.empty()
                                             ? "it has no repository"
                                             : "the repository's URL does not end in OWNER/NAME");
    const std::string repository = "/" + percent_encode(path->owner) + "/" + percent_encode(path->name);
    CommitStatus status;
    status.place = shown_url(base_url_) + " " + path->full();
    status.name = body.at("key").as_string();
    status.payload["path"] = repository + "/commit/" + commit.revision + "/statuses/build";
    status.payload["body"] = body;
    status.payload["page"] = "https://bitbucket.org" + repository + "/commits/" + commit.revision;
    return status;
  }

  // A status must have a link, so the commit's own page stands in for one that Bitbucket takes for none
  // (http://localhost/...). Statuses of before an upgrade have no page.
  static std::string without_refused(const http::Response& response, const json::object& payload,
                                     json::object& body) {
    std::string remark = drop_refused(response, body, {"name", "description"});
    const json::value* page = payload.if_contains("page");
    if (page == nullptr || refused_members(response, {"url"}).empty()) return remark;
    remark += "; with a link to the commit: Bitbucket refuses " + shown_url(body.at("url").as_string());
    body["url"] = *page;
    return remark;
  }

  Task<http::Response> post(const std::string& path, const json::object& body) {
    if (login_) co_return co_await post_with({}, path, body);
    auto token = co_await token_.get();
    if (!token) co_return failed(token);
    auto response = co_await post_with(*token, path, body);
    if (!response || response->status != 401) co_return response;
    token_.refuse(*token);
    token = co_await token_.get();
    if (!token) co_return failed(token);
    co_return co_await post_with(*token, path, body);
  }

  Task<http::Response> post_with(const Secret& token, const std::string& path, const json::object& body) {
    http::Request request = json_post(wire_, base_url_ + path, json::serialize(body));
    request.needs_body = false;
    request.auth = login_;
    if (!login_) request.headers.emplace_back("Authorization", "Bearer " + token.reveal());
    co_return co_await exchange(env_, wire_, std::move(request));
  }

  Environment env_;
  Wire wire_;
  std::string base_url_;
  std::optional<http::Auth> login_;
  Secret key_;
  bitbucket::OauthToken token_;
  Wording status_key_;
  Wording status_name_;
  Descriptions descriptions_;
};

}  // namespace

settings::Schema schema() {
  const std::string api = "https://api.bitbucket.org/2.0/repositories";
  const std::string oauth = "https://bitbucket.org/site/oauth2/access_token";
  settings::Schema schema;
  schema.name = "BitbucketStatusPush";
  schema.modules = {"buildbot.reporters.bitbucket"};
  schema.arguments = {
      {.name = "oauth_key", .types = {Type::secret}, .doc = "key of the OAuth consumer"},
      {.name = "oauth_secret", .types = {Type::secret}, .doc = "its secret"},
      {.name = "base_url",
       .types = {Type::string},
       .fallback = Value{api},
       .doc = "the repositories of the API"},
      {.name = "oauth_url",
       .types = {Type::string},
       .fallback = Value{oauth},
       .doc = "where tokens are given out"},
  };
  add_push_arguments(schema);
  add_wire_arguments(schema);
  const std::vector<Type> text = {Type::string, Type::renderable};
  schema.arguments.push_back(
      {.name = "statusName", .types = text, .doc = "name that is shown (the builder's name)"});
  schema.arguments.push_back({.name = "startDescription", .types = text, .doc = "when the build starts"});
  schema.arguments.push_back({.name = "endDescription", .types = text, .doc = "when the build ends"});
  add_our_arguments(schema);
  schema.arguments.push_back({.name = "auth",
                              .types = {Type::list, Type::object},
                              .doc = "(user, app password), instead of the OAuth consumer",
                              .login = true});
  schema.arguments.push_back(
      {.name = "status_key", .types = text, .doc = "key of the status (the builder's name)"});
  schema.arguments.push_back(
      {.name = "status_name", .types = text, .doc = "statusName, as Buildbot calls it since 3"});
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<BitbucketStatusPush>(args, environment);
}

}  // namespace carillon::reporter::bitbucket_cloud
