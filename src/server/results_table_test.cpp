// All services, all results: what the other side is told when a build starts and when it ends.
#include <gmock/gmock.h>

#include <array>

#include "server/reporter_samples.hpp"
#include "server/reporters.hpp"

namespace carillon::server {
namespace {

using Told = std::array<std::string, 8>;  // started, then the results 0 to 6; "-": nothing is sent

struct Row {
  std::string reporter;
  std::string answer;                                          // body of every answer, with 200
  std::string (*told)(const Delivery&, const http::Request*);  // null: it does not speak HTTP
  Told expected;
};

json::value body_of(const http::Request* request) {
  return request != nullptr ? json::parse(request->body) : json::value();
}

std::string member(const json::value& body, const char* name) {
  const json::value& value = body.at(name);
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::string state(const Delivery&, const http::Request* request) {
  return member(body_of(request), "state");
}

// The last word of the ledger's line: "build #3 of linux: failure", "build #3 of linux started".
std::string summary(const Delivery& delivery, const http::Request*) {
  return delivery.summary.substr(delivery.summary.rfind(' ') + 1);
}

// The words after "irc: Build #3 of linux".
std::string announced(const Delivery& delivery, const http::Request*) {
  const std::string builder = " of linux ";
  return delivery.summary.substr(delivery.summary.find(builder) + builder.size());
}

// The word of "Buildbot failure in Title on linux".
std::string title(const Delivery&, const http::Request* request) {
  const std::string& body = request->body;
  for (const char* word : {"success", "warnings", "failure", "exception", "cancelled"}) {
    if (body.find(std::string("Buildbot ") + word) != std::string::npos ||
        body.find(std::string("Buildbot%20") + word) != std::string::npos ||
        body.find(std::string("Buildbot+") + word) != std::string::npos)
      return word;
  }
  return body;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"MailNotifier",
       "",
       summary,
       {"-", "success", "warnings", "failure", "-", "exception", "-", "cancelled"}},
      {"HttpStatusPush",
       "",
       [](const Delivery&, const http::Request* request) { return member(body_of(request), "results"); },
       {"null", "0", "1", "2", "3", "4", "5", "6"}},
      {"GitHubStatusPush",
       "{}",
       state,
       {"pending", "success", "success", "failure", "success", "error", "pending", "error"}},
      {"GitHubCommentPush",
       "{}",
       summary,
       {"started", "success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"}},
      {"GitLabStatusPush",
       R"({"id": 17})",
       state,
       {"running", "success", "success", "failed", "skipped", "failed", "pending", "canceled"}},
      {"BitbucketStatusPush",
       R"({"access_token": "t", "expires_in": 3600})",
       state,
       {"INPROGRESS", "SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "FAILED", "INPROGRESS", "STOPPED"}},
      {"BitbucketServerStatusPush",
       "",
       state,
       {"INPROGRESS", "SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "FAILED", "INPROGRESS", "FAILED"}},
      {"BitbucketServerPRCommentPush",
       "{}",
       summary,
       {"-", "success", "warnings", "failure", "-", "exception", "-", "cancelled"}},
      // By default one review for the whole buildset.
      {"GerritStatusPush", "", summary, {"-", "-", "-", "-", "-", "-", "-", "-"}},
      {"GerritVerifyStatusPush",
       ")]}'\n{}",
       [](const Delivery&, const http::Request* request) {
         return member(body_of(request).at("verifications").as_object().begin()->value(), "value");
       },
       {"0", "1", "1", "-1", "1", "0", "0", "0"}},
      {"HipChatStatusPush",
       "",
       [](const Delivery&, const http::Request* request) {
         const std::string message = member(body_of(request), "message");
         if (message.find(" started ") != std::string::npos) return std::string("started");
         const auto word = message.find("with result ") + 12;
         return message.substr(word, message.find(' ', word) - word);
       },
       {"started", "success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"}},
      {"ZulipStatusPush",
       R"({"result": "success"})",
       [](const Delivery&, const http::Request* request) {
         const json::value body = body_of(request);
         return member(body, "event") +
                (body.as_object().contains("results") ? " " + member(body, "results") : "");
       },
       {"new", "finished 0", "finished 1", "finished 2", "finished 3", "finished 4", "finished 5",
        "finished 6"}},
      {"PushoverNotifier",
       R"({"status": 1})",
       title,
       {"-", "success", "warnings", "failure", "-", "exception", "-", "cancelled"}},
      {"PushjetNotifier",
       R"({"status": "ok"})",
       title,
       {"-", "success", "warnings", "failure", "-", "exception", "-", "cancelled"}},
      {"SlackStatusPush",
       "ok",
       summary,
       {"-", "success", "warnings", "failure", "-", "exception", "-", "cancelled"}},
      {"IRC",
       "",
       announced,
       {"started.", "completed successfully.", "completed with warnings: failed 'make'",
        "failed: failed 'make'", "was skipped: failed 'make'", "stopped with exception: failed 'make'",
        "has been retried: failed 'make'", "was cancelled: failed 'make'"}},
      {"TelegramBot",
       R"({"ok": true, "result": {"message_id": 1}})",
       [](const Delivery&, const http::Request* request) {
         const std::string text = member(body_of(request), "text");
         return text.substr(text.find("</code> ") + 8);
       },
       {"started.", "completed successfully \u2705.", "completed with warnings \u26a0\ufe0f: failed 'make'",
        "failed\u2757: failed 'make'", "was skipped \u23ed\ufe0f: failed 'make'",
        "stopped with exception \u203c\ufe0f: failed 'make'", "has been retried \U0001f504: failed 'make'",
        "was cancelled \U0001f6ab: failed 'make'"}},
  };
  return table;
}

// Of a reporter that says no more than whether it was started or how it ended, and takes any answer.
const Row& usual_row() {
  static const Row row = {
      "",
      "",
      summary,
      {"started", "success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"}};
  return row;
}

class ResultsTable : public test::ReporterTest, public testing::WithParamInterface<std::size_t> {};

std::vector<std::size_t> kind_numbers() {
  std::vector<std::size_t> numbers;
  const std::vector<ReporterKind> kinds = reporter_kinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!is_base(kinds[i].schema.name)) numbers.push_back(i);
  }
  return numbers;
}

INSTANTIATE_TEST_SUITE_P(Each, ResultsTable, testing::ValuesIn(kind_numbers()),
                         [](const auto& info) { return reporter_kinds().at(info.param).schema.name; });

TEST_P(ResultsTable, TellsEveryResult) {
  const ReporterKind kind = reporter_kinds().at(GetParam());
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& one) { return one.reporter == kind.schema.name; });
  const Row& told_of = row != rows().end() ? *row : usual_row();
  const Sample& sample = samples().at(kind.schema.name);
  const settings::Arguments args = bind(kind.schema, sample.keywords);
  const auto reporter = kind.make(args, {environment()});
  rule::Rule rule = kind.rule(args);
  rule.audience = chat::audience_of(*reporter);
  for (int results = -1; results <= 6; ++results) {
    const reporter::Details details = test::order_of(reportable(results));
    std::string told = "-";
    if (wants_build(rule, details)) {
      const auto deliveries = compose(*reporter, details);
      ASSERT_EQ(deliveries.size(), 1U);
      ASSERT_FALSE(deliveries[0].skip) << deliveries[0].note;
      if (sample.sends_http) {
        http_.requests.clear();
        http_.answers.clear();
        for (int i = 0; i < 5; ++i)
          http_.answer(200, told_of.answer);
        clock_.advance(10'000);  // chats take a message a second
        const auto outcome = send(*reporter, deliveries[0]);
        ASSERT_TRUE(outcome) << outcome.error().what;
      }
      told = told_of.told(deliveries[0], sample.sends_http ? &http_.requests.back() : nullptr);
    } else if (row == rows().end()) {
      continue;
    }
    EXPECT_EQ(told, told_of.expected.at(static_cast<std::size_t>(results + 1))) << "results " << results;
  }
}

}  // namespace
}  // namespace carillon::server
