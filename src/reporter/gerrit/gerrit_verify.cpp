#include "reporter/gerrit/gerrit_verify.hpp"

#include <array>

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/login.hpp"
#include "reporter/common/progress.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/gerrit/gerrit_change.hpp"

namespace carillon::reporter::gerrit_verify {
namespace {

using gerrit::RevisionPath;
using gerrit::RevisionPaths;
using settings::Arguments;
using settings::Type;
using settings::Value;

// By results: success, warnings, failure, skipped, exception, retry, cancelled.
constexpr std::array<int, 7> values = {1, 1, -1, 1, 0, 0, 0};
constexpr std::size_t max_text = 255;

// "12m 20s", "1h 2m 3s", "1 day 1h 2m 3s"
std::string duration_text(std::int64_t seconds) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 3600;
  constexpr std::int64_t day = 86400;
  std::string text;
  if (const auto days = seconds / day; days > 0)
    text += std::to_string(days) + (days > 1 ? " days " : " day ");
  if (seconds >= hour) text += std::to_string(seconds % day / hour) + "h ";
  return text + std::to_string(seconds % hour / minute) + "m " + std::to_string(seconds % minute) + "s";
}

// Gerrit begins its JSON with a line that keeps browsers from running it.
std::optional<json::object> parse_answer(std::string_view body) {
  if (body.starts_with(")]}'")) body.remove_prefix(std::min(body.find('\n'), body.size()));
  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

// "2016-03-15 08:10:41.000000000" sorts as text.
std::string granted(const json::value& verification) {
  return std::string(string_at(verification.get_object(), "granted").value_or(""));
}

// The key under which the name was posted last; the name itself when it is not there.
std::string key_of(const json::object& verifications, const std::string& name) {
  const json::key_value_pair* latest = nullptr;
  for (const auto& entry : verifications) {
    const json::object* verification = entry.value().if_object();
    if (verification == nullptr || string_at(*verification, "name") != name) continue;
    if (latest == nullptr || granted(entry.value()) > granted(latest->value())) latest = &entry;
  }
  return latest != nullptr ? std::string(latest->key()) : name;
}

class GerritVerifyStatusPush final : public Reporter {
 public:
  GerritVerifyStatusPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "gerrit-verify")),
        base_(base_url(args, "baseURL")),
        auth_(read_login(args, "auth")),
        pending_(wording(args, "pendingDescription", "Build is pending.")),
        start_(wording(args, "startDescription", "Build started.")),
        end_(wording(args, "endDescription", "Build done.")),
        name_(wording(args, "verification_name")),
        abstain_(wording(args, "abstain")),
        category_(wording(args, "category")),
        reporter_(wording(args, "reporter", "buildbot")) {
    wire_.json = true;
  }

  bool tells_programs() const override { return true; }

  Needs needs() const override { return {}; }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty()) co_return deliveries;
    const RevisionPaths paths = gerrit::revisions_of(details.builds.front());
    if (paths.found.empty()) {
      deliveries.push_back(skipped(details, paths.reason));
      co_return deliveries;
    }
    std::vector<std::string> notes;
    if (!paths.reason.empty()) notes.push_back(paths.reason);
    const std::string name = co_await verification_name(details, notes);
    const json::object fields = co_await verification(details, notes);
    for (const RevisionPath& path : paths.found) {
      const std::string what = path.change + " " + path.revision;
      Delivery delivery;
      delivery.key = "gerrit-verify:" + details.event_id + "#" + what;
      delivery.lane = delivery.status = "gerrit-verify " + shown_url(base_) + " " + what + " " + name;
      delivery.rank = rank_of(details);
      delivery.target = shown_url(base_) + " change " + what + " " + name;
      delivery.summary = build_summary(details.builds.front());
      delivery.note = joined_notes(notes);
      json::object payload;
      payload["change"] = path.change;
      payload["revision"] = path.revision;
      payload["name"] = name;
      payload["verification"] = fields;
      delivery.payload = json::serialize(payload);
      deliveries.push_back(std::move(delivery));
    }
    co_return deliveries;
  }

  // Every post by name would add a row, so the row that is there is looked up first.
  Task<Receipt> send(const Delivery& delivery) override {
    boost::system::error_code error;
    const json::value parsed = json::parse(delivery.payload, error);
    if (error || !parsed.is_object()) co_return rejected("the stored verification cannot be read");
    const json::object& payload = parsed.get_object();
    const json::object* fields = object_at(payload, "verification");
    if (fields == nullptr) co_return rejected("the stored verification cannot be read");
    const std::string url = url_of(payload);
    const auto key = co_await find_key(url, std::string(string_at(payload, "name").value_or("")));
    if (!key) co_return failed(key);
    json::object verifications;
    verifications[*key] = *fields;
    json::object body;
    body["verifications"] = std::move(verifications);
    http::Request request = json_post(wire_, url, json::serialize(body));
    request.auth = auth_;
    request.needs_body = false;
    const auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    co_return conclude(env_, wire_, delivery, *response);
  }

  // Under its name; where the job has a row already it is updated, under its key.
  Shown show(const Delivery& delivery) const override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    json::object verifications;
    verifications[payload.at("name").as_string()] = payload.at("verification");
    json::object body;
    body["verifications"] = std::move(verifications);
    return shown_request("POST", shown_url(url_of(payload)), json::serialize(body));
  }

  std::string account() const override {
    return account_name("gerrit-verify", base_, Secret(auth_.user + "\n" + auth_.password.reveal()));
  }

 private:
  Delivery skipped(const Details& details, const std::string& reason) const {
    Delivery delivery;
    delivery.key = "gerrit-verify:" + details.event_id;
    delivery.lane = "gerrit-verify " + details.event_id;
    delivery.target = shown_url(base_);
    delivery.summary = build_summary(details.builds.front());
    delivery.note = reason;
    delivery.skip = true;
    return delivery;
  }

  asio::awaitable<std::string> verification_name(const Details& details,
                                                 std::vector<std::string>& notes) const {
    Wording wanted = name_;
    wanted.fallback = facts_of(details.builds.front()).builder;
    std::string name = fold_to_line((co_await render_text(wanted, details, notes)).value_or(""));
    if (name.empty()) name = fold_to_line(valid_utf8(*wanted.fallback));
    co_return bounded_key(name, max_text);
  }

  asio::awaitable<json::object> verification(const Details& details, std::vector<std::string>& notes) const {
    const Progress progress = progress_of(details);
    const json::object& build = details.builds.front();
    const bool ended = progress.phase == Phase::retried || progress.phase == Phase::finished;
    const Wording& comment = ended ? end_ : progress.phase == Phase::waiting ? pending_ : start_;
    json::object fields;
    fields["value"] = ended && progress.results ? values.at(static_cast<std::size_t>(*progress.results)) : 0;
    add_text(fields, "comment", co_await render_text(comment, details, notes));
    add_url(fields, build, notes);
    const auto started = BuildView(build).started_at();
    const auto complete = BuildView(build).complete_at();
    if (!ended) {
      fields["duration"] = "pending";
    } else if (started && complete && *started >= 0 && *complete >= *started) {
      fields["duration"] = duration_text(*complete - *started);
    }
    add_text(fields, "reporter", co_await render_text(reporter_, details, notes));
    add_text(fields, "category", co_await render_text(category_, details, notes));
    co_await add_abstain(fields, details, notes);
    co_return fields;
  }

  static void add_text(json::object& fields, std::string_view name, const std::optional<std::string>& text) {
    if (text) fields[name] = ellipsize(fold_to_line(*text), max_text);
  }

  // A URL that is cut leads nowhere.
  static void add_url(json::object& fields, const json::object& build, std::vector<std::string>& notes) {
    const std::string url = fold_to_line(valid_utf8(BuildView(build).url().value_or("")));
    if (url.empty()) return;
    if (ellipsize(url, max_text) != url) {
      notes.emplace_back("the URL of the build is longer than the plugin takes, and was left out");
      return;
    }
    fields["url"] = url;
  }

  asio::awaitable<void> add_abstain(json::object& fields, const Details& details,
                                    std::vector<std::string>& notes) const {
    const auto rendered = co_await render(abstain_, details);
    bool abstain = false;
    if (!rendered) {
      notes.push_back("abstain failed: " + fold_to_line(valid_utf8(rendered.error().what)));
    } else if (rendered->is_bool()) {
      abstain = rendered->get_bool();
    } else if (rendered->is_int64()) {
      abstain = rendered->get_int64() != 0;
    } else if (!rendered->is_null()) {
      notes.push_back("abstain is neither True nor False but " + ellipsize(json::serialize(*rendered), 60));
    }
    fields["abstain"] = abstain;
  }

  std::string url_of(const json::object& payload) const {
    return base_ + "/a/changes/" + gerrit::path_of_id(string_at(payload, "change").value_or("")) +
           "/revisions/" + gerrit::path_of_id(string_at(payload, "revision").value_or("")) +
           "/verify-status~verifications";
  }

  Task<std::string> find_key(const std::string& url, std::string name) {
    http::Request request;
    request.url = url;
    request.headers.emplace_back("Accept", "application/json");
    request.auth = auth_;
    const auto response = co_await exchange(env_, wire_, std::move(request));
    if (!response) co_return failed(response);
    const auto judged = http::judge(*response, env_.clock.now() / 1000);
    if (!judged) co_return failed(judged);
    const auto verifications = parse_answer(response->body);
    if (!verifications) {
      co_return unreachable("the list of verifications is not JSON: " +
                            ellipsize(fold_to_line(valid_utf8(response->body)), 100));
    }
    co_return key_of(*verifications, name);
  }

  Environment env_;
  Wire wire_;
  std::string base_;
  http::Auth auth_;
  Wording pending_;
  Wording start_;
  Wording end_;
  Wording name_;
  Wording abstain_;
  Wording category_;
  Wording reporter_;
};

}  // namespace

settings::Schema schema() {
  const std::vector<Type> text = {Type::string, Type::renderable};
  settings::Schema schema;
  schema.name = "GerritVerifyStatusPush";
  schema.modules = {"buildbot.reporters.gerrit_verify_status", "buildbot.status.status_gerrit_verify_status"};
  schema.arguments = {
      {.name = "baseURL", .types = {Type::string}, .required = true, .doc = "URL of Gerrit, without /a"},
      {.name = "auth",
       .types = {Type::list, Type::object},
       .required = true,
       .doc = "(user, password), or requests.auth.HTTPDigestAuth(user, password)",
       .login = true},
      {.name = "startDescription",
       .types = text,
       .fallback = Value{std::string("Build started.")},
       .doc = "comment of a build that runs"},
      {.name = "endDescription",
       .types = text,
       .fallback = Value{std::string("Build done.")},
       .doc = "comment of a build that ended"},
      {.name = "verification_name", .types = text, .doc = "name of the job; default: that of the builder"},
      {.name = "abstain",
       .types = {Type::boolean, Type::renderable},
       .fallback = Value{false},
       .doc = "True: the value is not a vote"},
      {.name = "category", .types = text, .doc = "category of the job"},
      {.name = "reporter",
       .types = text,
       .fallback = Value{std::string("buildbot")},
       .doc = "who verified it"},
  };
  add_verbose_argument(schema);
  add_wire_arguments(schema);
  schema.arguments.push_back({.name = "builders", .types = {Type::strings}, .doc = "only these builders"});
  schema.arguments.push_back({.name = "pendingDescription",
                              .types = text,
                              .doc = "description of a request that still waits; when given, waiting "
                                     "requests are reported as pending"});
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<GerritVerifyStatusPush>(args, environment);
}

}  // namespace carillon::reporter::gerrit_verify
