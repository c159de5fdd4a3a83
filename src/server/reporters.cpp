#include "server/reporters.hpp"

#include <algorithm>
#include <array>

#include "reporter/bitbucket/cloud_status.hpp"
#include "reporter/bitbucket/server_comment.hpp"
#include "reporter/bitbucket/server_status.hpp"
#include "reporter/common/generated.hpp"
#include "reporter/common/scripted.hpp"
#include "reporter/gerrit/gerrit.hpp"
#include "reporter/gerrit/gerrit_verify.hpp"
#include "reporter/github/github.hpp"
#include "reporter/gitlab/gitlab.hpp"
#include "reporter/hipchat/hipchat.hpp"
#include "reporter/http_push/http_push.hpp"
#include "reporter/irc/irc.hpp"
#include "reporter/mail/mail.hpp"
#include "reporter/pushjet/pushjet.hpp"
#include "reporter/pushover/pushover.hpp"
#include "reporter/slack/slack.hpp"
#include "reporter/telegram/telegram.hpp"
#include "reporter/zulip/zulip.hpp"

namespace carillon::server {
namespace {

using chat::Environment;
using settings::Arguments;

// A mail about a worker goes to the worker's own list; without one there is nobody to tell.
rule::Rule mail_rule(const Arguments& args) {
  rule::Rule rule = rule::notifier_rule(args);
  rule.workers.notify_needed = true;
  return rule;
}

// Each callback stands for one kind of event.
rule::Rule gerrit_rule(const Arguments& args) {
  const reporter::gerrit::Reported reported = reporter::gerrit::reported(args);
  rule::Rule rule = rule::status_push_rule(args);
  rule.started = reported.started;
  rule.every_finished = reported.finished;
  rule.build_set_summary = reported.buildsets;
  rule.summary_of_all = true;
  return rule;
}

// The subscriptions of its places decide: chat::ConnectedReporter::audience().
rule::Rule bot_rule(const Arguments&) {
  return {};
}

// The reporters that Buildbot gives generators to.
constexpr std::array<std::string_view, 14> with_generators = {"MailNotifier",
                                                              "HttpStatusPush",
                                                              "GitHubStatusPush",
                                                              "GitHubCommentPush",
                                                              "GerritStatusPush",
                                                              "GerritVerifyStatusPush",
                                                              "GitLabStatusPush",
                                                              "BitbucketStatusPush",
                                                              "BitbucketServerStatusPush",
                                                              "BitbucketServerPRCommentPush",
                                                              "PushoverNotifier",
                                                              "PushjetNotifier",
                                                              "SlackStatusPush",
                                                              "ReporterBase"};

void let_generate(ReporterKind& kind) {
  reporter::add_generators_argument(kind.schema);
  kind.rule = [plain = std::move(kind.rule)](const Arguments& args) {
    return rule::generator_rule(args, plain(args));
  };
  kind.make = [plain = std::move(kind.make)](const Arguments& args, const Environment& env) {
    return reporter::generated(plain(args, env), args, env);
  };
}

// The reporters that Buildbot lets subclasses send for.
constexpr std::array<std::string_view, 11> with_sending = {"HttpStatusPush",
                                                           "GitHubStatusPush",
                                                           "GitHubCommentPush",
                                                           "GerritVerifyStatusPush",
                                                           "GitLabStatusPush",
                                                           "BitbucketStatusPush",
                                                           "BitbucketServerStatusPush",
                                                           "HipChatStatusPush",
                                                           "ZulipStatusPush",
                                                           "HttpStatusPushBase",
                                                           "ReporterBase"};

void let_send(ReporterKind& kind) {
  kind.schema.methods.insert(kind.schema.methods.end(), {"send", "sendMessage"});
  kind.make = [plain = std::move(kind.make)](const Arguments& args, const Environment& env) {
    return reporter::scripted(plain(args, env), args.self(), env);
  };
}

// The notifiers, whose subclasses may send what was worded in their own way.
constexpr std::array<std::string_view, 4> notifiers = {"MailNotifier", "PushoverNotifier", "PushjetNotifier",
                                                       "BitbucketServerPRCommentPush"};

void let_notify(ReporterKind& kind) {
  kind.schema.methods.emplace_back("sendMessage");
  kind.make = [plain = std::move(kind.make)](const Arguments& args, const Environment& env) {
    return reporter::scripted_notifier(plain(args, env), args.self(), env);
  };
}

std::vector<ReporterKind> plain_kinds() {
  return {
      {reporter::mail::schema(), mail_rule,
       [](const Arguments& args, const Environment& env) { return reporter::mail::make(args, env); }},
      {reporter::http_push::schema(), rule::status_push_rule, reporter::http_push::make},
      {reporter::github::status_schema(), rule::status_push_rule, reporter::github::make_status},
      {reporter::github::comment_schema(), rule::status_push_rule, reporter::github::make_comment},
      {reporter::gerrit::schema(), gerrit_rule,
       [](const Arguments& args, const Environment& env) { return reporter::gerrit::make(args, env); }},
      {reporter::gerrit_verify::schema(), rule::status_push_rule, reporter::gerrit_verify::make},
      {reporter::gitlab::schema(), rule::status_push_rule, reporter::gitlab::make},
      {reporter::bitbucket_cloud::schema(), rule::status_push_rule, reporter::bitbucket_cloud::make},
      {reporter::bitbucket_server::schema(), rule::status_push_rule, reporter::bitbucket_server::make},
      {reporter::bitbucket_server_comment::schema(), rule::notifier_rule,
       reporter::bitbucket_server_comment::make},
      {reporter::hipchat::schema(), rule::status_push_rule, reporter::hipchat::make},
      {reporter::zulip::schema(), rule::status_push_rule, reporter::zulip::make},
      {reporter::pushover::schema(), rule::notifier_rule, reporter::pushover::make},
      {reporter::pushjet::schema(), rule::notifier_rule, reporter::pushjet::make},
      {reporter::slack::schema(), rule::notifier_rule, reporter::slack::make},
      {reporter::push_base_schema(), rule::status_push_rule, reporter::make_base},
      {reporter::reporter_base_schema(), [](const Arguments&) { return rule::Rule(); }, reporter::make_base},
      {reporter::irc::schema(), bot_rule, reporter::irc::make},
      {reporter::telegram::schema(), bot_rule, reporter::telegram::make},
  };
}

}  // namespace

std::vector<ReporterKind> reporter_kinds() {
  std::vector<ReporterKind> kinds = plain_kinds();
  for (ReporterKind& kind : kinds) {
    if (std::ranges::find(with_sending, kind.schema.name) != with_sending.end()) let_send(kind);
    if (std::ranges::find(notifiers, kind.schema.name) != notifiers.end()) let_notify(kind);
    if (std::ranges::find(with_generators, kind.schema.name) != with_generators.end()) let_generate(kind);
  }
  return kinds;
}

}  // namespace carillon::server
