#include "reporter/bitbucket/server_comment.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "reporter/bitbucket/comments.hpp"
#include "reporter/bitbucket/pull_request.hpp"
#include "reporter/common/comment_text.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/notice.hpp"
#include "reporter/common/progress.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::bitbucket_server_comment {
namespace {

using bitbucket::Comment;
using bitbucket::Comments;
using bitbucket::PullRequestBuilds;
using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::size_t max_chars = 32768;
constexpr int max_tries = 4;  // of one change, within one send

http::Auth read_auth(const Arguments& args) {
  http::Auth auth;
  auth.user = plain_or_secret(args.at("user")).value_or("");
  auth.password = args.secret("password");
  return auth;
}

// The report with these builds instead of its own, which may be large.
Details with_builds(const Details& details, Builds builds) {
  Details made;
  made.kind = details.kind;
  made.event_id = details.event_id;
  made.source = details.source;
  made.at = details.at;
  made.builds = std::move(builds);
  made.buildset = details.buildset;
  made.notes = details.notes;
  return made;
}

Receipt receipt_of(std::string answer) {
  Receipt receipt;
  receipt.answer = std::move(answer);
  return receipt;
}

class BitbucketServerPRCommentPush final : public Reporter {
 public:
  BitbucketServerPRCommentPush(const Arguments& args, const Environment& environment)
      : env_(environment),
        wire_(read_wire(args, "bitbucketserver")),
        settings_(read_notice_settings(args)),
        base_url_(base_url(args, "base_url")),
        auth_(read_auth(args)),
        comments_(environment, wire_, base_url_, auth_),
        sticky_(args.boolean("sticky")),
        name_(args.name().empty() ? args.class_name() : args.name()) {
    wire_.json = true;
    settings_.breaks_mentions = true;
  }

  Needs needs() const override { return notice_needs(settings_); }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty()) co_return deliveries;
    const auto grouped = bitbucket::by_pull_request(details.builds);
    for (const PullRequestBuilds& group : grouped.groups) {
      const Details part = with_builds(details, group.builds);
      Delivery delivery = sticky_ ? co_await sections(part, group.path) : co_await comment(part, group.path);
      std::string target = shown_url(base_url_);
      target += "/" + group.path;
      delivery.key = key_of(details, group.path);
      delivery.lane = "bitbucketserver-comment " + target;
      delivery.target = target;
      if (sticky_ && part.builds.size() == 1) {
        delivery.status = delivery.lane + " " + section_name(details, part.builds.front());
        delivery.rank = rank_of(part);
      }
      for (const std::string& reason : grouped.reasons)
        delivery.note += (delivery.note.empty() ? "left out: " : "; left out: ") + reason;
      deliveries.push_back(std::move(delivery));
    }
    if (deliveries.empty()) {
      deliveries.push_back(skipped_delivery("bitbucketserver-comment", details, "no pull request",
                                            joined_notes(grouped.reasons)));
    }
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    const std::string path(payload.at("path").as_string());
    if (const json::array* sections = array_at(payload, "sections")) {
      co_return co_await send_sections(delivery, path, *sections);
    }
    if (delivery.maybe_sent) {
      const std::vector<std::int64_t> all;
      const auto found = co_await comments_.find(path, mark_key(delivery), all);
      if (!found) co_return failed(found);
      if (*found) co_return receipt_of("already there: an earlier attempt had arrived");
    }
    const std::string text(payload.at("text").as_string());
    const auto response =
        co_await comments_.add(path, marked(Mark::link_definition, text, mark_key(delivery), max_chars));
    if (!response) co_return failed(response);
    co_return conclude(env_, wire_, delivery, *response);
  }

  // Of a sticky comment as it is when there is none yet; else its sections of one that is there change.
  Shown show(const Delivery& delivery) const override {
    const json::value parsed = json::parse(delivery.payload);
    const json::object& payload = parsed.as_object();
    json::object body;
    if (const json::array* sections = array_at(payload, "sections")) {
      body["text"] = merged("", *sections).value_or("");
    } else {
      body["text"] =
          marked(Mark::link_definition, payload.at("text").as_string(), mark_key(delivery), max_chars);
    }
    return shown_request("POST", shown_url(comments_.url_of(std::string(payload.at("path").as_string()))),
                         json::serialize(body));
  }

  std::string account() const override {
    return account_name("bitbucketserver", base_url_, Secret(auth_.user));
  }

 private:
  std::string mark_key(const Delivery& delivery) const { return name_ + " " + delivery.key; }

  static std::string key_of(const Details& details, const std::string& path) {
    return "bitbucketserver-comment:" + details.event_id + "#" + path;
  }

  static std::string section_name(const Details& details, const json::object& build) {
    return fold_to_line(valid_utf8(details.source + "/" + facts_of(build).builder));
  }

  static std::string summary_of(const Details& details) {
    if (details.builds.size() == 1) return valid_utf8(build_summary(details.builds.front()));
    return std::to_string(details.builds.size()) + " builds of a buildset";
  }

  // What the formatter says. Bitbucket Server shows Markdown, and tags of HTML as they are written.
  asio::awaitable<std::string> words(const Details& details, Delivery& delivery) {
    const auto notice = co_await word_notice(settings_, env_, details);
    if (!notice) co_return without_mentions(summary_of(details));
    if (!notice->note.empty()) delivery.note += (delivery.note.empty() ? "" : "; ") + notice->note;
    std::string text = valid_utf8(notice->body);
    if (notice->markup == message::Markup::html) text = plain_of_html(text);
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
    co_return ellipsize(blank ? without_mentions(notice->summary) : text, max_chars);
  }

  asio::awaitable<Delivery> comment(const Details& details, const std::string& path) {
    Delivery delivery;
    delivery.summary = summary_of(details);
    std::string text;
    for (const json::object& build : details.builds) {
      const Details single = with_builds(details, Builds({build}));
      const std::string part = co_await words(single, delivery);
      // Templates end without a newline; Markdown parts paragraphs by an empty line.
      if (!text.empty()) text = text.substr(0, text.find_last_not_of("\r\n") + 1) + "\n\n";
      text += part;
    }
    json::object payload;
    payload["path"] = path;
    payload["text"] = ellipsize(text, max_chars);
    delivery.payload = json::serialize(payload);
    co_return delivery;
  }

  asio::awaitable<Delivery> sections(const Details& details, const std::string& path) {
    Delivery delivery;
    delivery.summary = summary_of(details);
    json::array list;
    for (const json::object& build : details.builds) {
      const Details single = with_builds(details, Builds({build}));
      json::object section;
      section["name"] = section_name(details, build);
      section["rank"] = rank_of(single);
      section["text"] = co_await words(single, delivery);
      list.emplace_back(std::move(section));
    }
    json::object payload;
    payload["path"] = path;
    payload["sections"] = std::move(list);
    delivery.payload = json::serialize(payload);
    co_return delivery;
  }

  // The comment with those of the sections that are newer than what it has; nullopt when none is.
  std::optional<std::string> merged(std::string text, const json::array& sections) const {
    bool changed = false;
    for (const json::value& item : sections) {
      const json::object& section = item.as_object();
      auto next = with_section(Mark::link_definition, text, mark_of_all(), section.at("name").as_string(),
                               section.at("rank").as_int64(), section.at("text").as_string(), max_chars);
      if (!next || *next == text) continue;
      text = std::move(*next);
      changed = true;
    }
    return changed ? std::optional(text) : std::nullopt;
  }

  std::string mark_of_all() const { return "sticky " + name_; }

  Task<Receipt> send_sections(const Delivery& delivery, const std::string& path,
                              const json::array& sections) {
    std::vector<std::int64_t> gone;  // also what another user pasted, mark and all
    for (int tries = 0; tries < max_tries; ++tries) {
      const auto found = co_await comments_.find(path, mark_of_all(), gone);
      if (!found) co_return failed(found);
      const std::optional<Comment>& there = *found;
      const auto text = merged(there ? there->text : std::string(), sections);
      if (!text) co_return receipt_of("already there, or a newer report is");
      const auto response =
          there ? co_await comments_.replace(path, *there, *text) : co_await comments_.add(path, *text);
      if (!response) co_return failed(response);
      if (there && response->status == 409) continue;
      if (there && (response->status == 404 || response->status == 403)) {
        gone.push_back(there->id);
        continue;
      }
      co_return conclude(env_, wire_, delivery, *response);
    }
    co_return unreachable("the comment is changed by others all the time");
  }

  Environment env_;
  Wire wire_;
  NoticeSettings settings_;
  std::string base_url_;
  http::Auth auth_;
  Comments comments_;
  bool sticky_;
  std::string name_;
};

}  // namespace

settings::Schema schema() {
  settings::Schema schema;
  schema.name = "BitbucketServerPRCommentPush";
  schema.modules = {"buildbot.reporters.bitbucketserver", "buildbot.reporters.BitbucketServer"};
  schema.arguments = {
      {.name = "base_url", .types = {Type::string}, .required = true, .doc = "the server"},
      {.name = "user",
       .types = {Type::string, Type::secret},
       .required = true,
       .doc = "user of Basic authentication"},
      {.name = "password", .types = {Type::secret}, .required = true, .doc = "its password"},
  };
  NoticeArguments which;
  which.subject = false;
  which.workers = false;
  settings::Schema shared;
  add_notice_arguments(shared, which);
  const auto take = [&](std::string_view name) {
    const auto at = std::ranges::find(shared.arguments, name, &settings::Argument::name);
    schema.arguments.push_back(std::move(*at));
    shared.arguments.erase(at);
  };
  take("messageFormatter");
  add_verbose_argument(schema);
  add_wire_arguments(schema);
  for (const char* name : {"mode", "tags", "builders", "schedulers", "branches", "buildSetSummary"})
    take(name);
  for (settings::Argument& rest : shared.arguments)
    schema.arguments.push_back(std::move(rest));
  schema.arguments.push_back({.name = "sticky",
                              .types = {Type::boolean},
                              .fallback = Value{false},
                              .doc = "one comment per pull request, kept up to date"});
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, const Environment& environment) {
  return std::make_unique<BitbucketServerPRCommentPush>(args, environment);
}

}  // namespace carillon::reporter::bitbucket_server_comment
