#include "reporter/bitbucket/server_status.hpp"

#include "base/encoding.hpp"
#include "reporter/bitbucket/build_state.hpp"
#include "reporter/common/commit_status_push.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/optional_fields.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::bitbucket_server {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_chars = 255;  // of key, name and description
constexpr std::size_t max_url = 450;

constexpr bitbucket::States states = {"SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL",
                                      "FAILED",     "INPROGRESS", "FAILED"};

class BitbucketServerStatusPush final : public CommitStatusPush {
 public:
  BitbucketServerStatusPush(const Arguments& args, const Environment& environment)
      : CommitStatusPush(args.boolean("ownRuns")),
        env_(environment),
        wire_(read_wire(args, "bitbucketserver")),
        base_url_(base_url(args, "base_url")),
        key_(wording(args, "key")),
        status_name_(wording(args, "statusName")),
        descriptions_(read_descriptions(args, "Build started.", "Build done.")) {
    wire_.json = true;
    auth_.user = plain_or_secret(args.at("user")).value_or("");
    auth_.password = args.secret("password");
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value payload = json::parse(delivery.payload);
    const std::string sha(payload.at("sha").as_string());
    json::object body = payload.at("body").as_object();
    auto response = co_await post(sha, body);
    std::string remark;
    if (response) remark = drop_refused(*response, body, {"name", "description"});
    if (!remark.empty()) response = co_await post(sha, body);
    if (!response) co_return failed(response);
    auto receipt = conclude(env_, wire_, delivery, *response);
    if (receipt) receipt->answer += remark;
    co_return receipt;
  }

  Shown show(const Delivery& delivery) const override {
    const json::value payload = json::parse(delivery.payload);
    return shown_request("POST", shown_url(url_of(std::string(payload.at("sha").as_string()))),
                         json::serialize(payload.at("body")));
  }

  std::string account() const override {
    return account_name("bitbucketserver", base_url_, Secret(auth_.user));
  }

 private:
  std::string url_of(const std::string& sha) const {
    return base_url_ + "/rest/build-status/1.0/commits/" + sha;
  }

  Task<http::Response> post(const std::string& sha, const json::object& body) {
    http::Request request = json_post(wire_, url_of(sha), json::serialize(body));
    request.needs_body = false;
    request.auth = auth_;
    co_return co_await exchange(env_, wire_, std::move(request));
  }

  Kind kind() const override {
    return {"bitbucketserver", {ForgeKind::bitbucket_server, base_url_}, Hashes::whole};
  }

  asio::awaitable<json::object> body_of(const json::object& build, const Details& details,
                                        std::vector<std::string>& notes) override {
    json::object body;
    body["state"] = bitbucket::state_of(states, progress_of(details));
    const std::string key = co_await render_line(key_, details, facts_of(build).builder, notes);
    body["key"] = bounded_key(key, max_chars);
    const std::string name = co_await render_line(status_name_, details, "", notes);
    if (!name.empty()) body["name"] = ellipsize(name, max_chars);
    body["url"] = bitbucket::link_of(build, env_.site, max_url, notes);
    const auto description = co_await describe(descriptions_, details, max_chars, notes);
    if (description) body["description"] = *description;
    co_return body;
  }

  tl::expected<CommitStatus, std::string> status_of(const json::object&,
                                                    const std::vector<ReportedCommit>& commits,
                                                    std::size_t index, const json::object& body) override {
    CommitStatus status;
    status.place = shown_url(base_url_);
    status.name = body.at("key").as_string();
    status.payload["sha"] = commits[index].commit.revision;
    status.payload["body"] = body;
    return status;
  }

  Environment env_;
  Wire wire_;
  std::string base_url_;
  http::Auth auth_;
  Wording key_;
  Wording status_name_;
  Descriptions descriptions_;
};

}  // namespace

settings::Schema schema() {
  const std::vector<Type> text = {Type::string, Type::renderable};
  settings::Schema schema;
  schema.name = "BitbucketServerStatusPush";
  schema.aliases = {"StashStatusPush"};
  schema.modules = {"buildbot.reporters.bitbucketserver", "buildbot.reporters.BitbucketServer",
                    "buildbot.reporters.stash"};
  schema.arguments = {
      {.name = "base_url", .types = {Type::string}, .required = true, .doc = "the server"},
      {.name = "user",
       .types = {Type::string, Type::secret},
       .required = true,
       .doc = "user of Basic authentication"},
      {.name = "password", .types = {Type::secret}, .required = true, .doc = "its password"},
      {.name = "key", .types = text, .doc = "tells statuses of one commit apart (%(prop:buildername)s)"},
      {.name = "statusName", .types = text, .doc = "name that is shown; None: the key"},
      {.name = "startDescription", .types = text, .doc = "when the build starts (Build started.)"},
      {.name = "endDescription", .types = text, .doc = "when the build ends (Build done.)"},
  };
  add_status_arguments(schema);
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<BitbucketServerStatusPush>(args, environment);
}

}  // namespace carillon::reporter::bitbucket_server
