#include "view/silences.hpp"

#include <gmock/gmock.h>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/open.hpp"

namespace carillon::view {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Millis noon = 1'764'331'200'000;  // 2025-11-28 12:00 UTC
constexpr Millis an_hour = 3'600'000;

Given given(std::map<std::string, std::string, std::less<>> fields) {
  fields.try_emplace("builder", "linux");
  fields.try_emplace("why", "a test");
  return [fields = std::move(fields)](std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
}

Silence read(std::map<std::string, std::string, std::less<>> fields) {
  return read_silence(given(std::move(fields)), "alice", noon).value();
}

std::string wrong_with(std::map<std::string, std::string, std::less<>> fields) {
  const auto silence = read_silence(given(std::move(fields)), "alice", noon);
  return silence ? "" : silence.error().what;
}

TEST(ReadSilence, TakesWhatIsGiven) {
  const Silence silence = read({{"branch", "main"},
                                {"tag", "nightly"},
                                {"result", "failure"},
                                {"reporter", "mails"},
                                {"target", "a@b"},
                                {"until", "2025-11-28T16:00:00Z"},
                                {"statuses", "yes"},
                                {"summary", "on"}});
  EXPECT_EQ(silence.builder, "linux");
  EXPECT_EQ(silence.branch, "main");
  EXPECT_EQ(silence.tag, "nightly");
  EXPECT_EQ(silence.result, "failure");
  EXPECT_EQ(silence.reporter, "mails");
  EXPECT_EQ(silence.target, "a@b");
  EXPECT_EQ(silence.why, "a test");
  EXPECT_EQ(silence.who, "alice");
  EXPECT_EQ(silence.from, noon);
  EXPECT_EQ(silence.until, noon + 4 * an_hour);
  EXPECT_EQ(silence.created, noon);
  EXPECT_TRUE(silence.statuses);
  EXPECT_TRUE(silence.summary);
}

TEST(ReadSilence, TimesMayBeLengths) {
  EXPECT_EQ(read({{"for", "90m"}}).until, noon + an_hour + an_hour / 2);
  EXPECT_EQ(read({{"until", "2h"}}).until, noon + 2 * an_hour);
  const Silence later = read({{"from", "2025-11-28T13:00:00Z"}, {"for", "2h"}});
  EXPECT_EQ(later.from, noon + an_hour);
  EXPECT_EQ(later.until, noon + 3 * an_hour);
  EXPECT_EQ(read({{"from", "2025-11-28T11:00:00Z"}, {"for", "2h"}}).from, noon) << "it unsends nothing";
}

TEST(ReadSilence, SaysWhatIsWrongWhere) {
  EXPECT_THAT(wrong_with({{"until", "soon"}}), StartsWith("until: 'soon' is not a time"));
  EXPECT_THAT(wrong_with({{"from", "x"}, {"for", "2h"}}), StartsWith("from: "));
  EXPECT_THAT(wrong_with({{"for", "2025-11-28T16:00:00Z"}}), StartsWith("for: "));
  EXPECT_THAT(wrong_with({{"for", "2h"}, {"until", "3h"}}), StartsWith("for: until is given"));
  EXPECT_THAT(wrong_with({}), StartsWith("until: is needed"));
  EXPECT_THAT(wrong_with({{"for", "31 days"}}), StartsWith("until: is more than 30 days"));
}

TEST(ReadSilence, TryingOutNeedsNeitherEndNorReason) {
  EXPECT_TRUE(read_subject(given({{"why", ""}}), noon));
  EXPECT_FALSE(read_subject(given({{"builder", ""}}), noon));
}

class TryOut : public testing::Test {
 protected:
  ~TryOut() override { store_->close(); }

  // Heard an hour before noon, wanted by these.
  void heard(int number, const std::string& builder, Results results, std::vector<std::string> reporters,
             Millis at = noon - an_hour) {
    store::NewEvent made;
    Event event;
    event.source = "ci";
    event.key = "builds/" + builder + std::to_string(number) + "/finished";
    event.body = {{"builder", json::object{{"name", builder}}},
                  {"number", number},
                  {"results", static_cast<int>(results)}};
    made.kind = kind_of(event.key);
    made.facts = facts_of(event.body);
    for (const std::string& reporter : reporters)
      made.decisions.push_back({reporter, {Decision::Outcome::report, "test"}});
    made.decisions.push_back({"quiet", {Decision::Outcome::ignore, "test"}});
    event.text = std::make_shared<const ObjectText>(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    std::vector<store::NewEvent> events{std::move(made)};
    auto accepted = test::run(io_, store_->accept("ci", std::move(events), nullptr, at)).value();
    for (const Notification& notification : accepted.front().notifications) {
      Delivery delivery;
      delivery.key = notification.reporter + event_key(notification);
      delivery.lane = "lane";
      delivery.target = notification.reporter == "irc" ? "irc host #dev" : "alice@x, bob@x";
      ASSERT_TRUE(test::run(
          io_, store_->compose(notification,
                               std::make_shared<const std::vector<Delivery>>(std::vector<Delivery>{delivery}),
                               at)));
    }
  }
  static std::string event_key(const Notification& notification) { return notification.event->key; }
  Tried tried(const std::function<void(Silence&)>& change) {
    Silence silence;
    change(silence);
    const auto ledger = store::open_ledger(path_);
    return try_out(*ledger, silence, noon, [](const std::string& name) { return name == "status"; });
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.sqlite");
  asio::io_context io_;
  std::unique_ptr<store::Store> store_ = store::open_store(io_.get_executor(), path_);
};

TEST_F(TryOut, CountsWhatItIsAboutByReporter) {
  heard(1, "linux", Results::failure, {"mails"}, noon - 25 * an_hour);
  heard(2, "linux", Results::failure, {"mails", "irc", "status"});
  heard(3, "linux", Results::success, {"mails"});
  heard(1, "mac", Results::failure, {"mails", "irc"});
  Tried all = tried([](Silence& of) { of.builder = "linux"; });
  EXPECT_EQ(all.reports, 6U);
  EXPECT_EQ(all.held, 3U);
  EXPECT_EQ(all.by_reporter, (std::map<std::string, std::size_t>{{"irc", 1}, {"mails", 2}}));
  EXPECT_FALSE(all.partial);
  EXPECT_EQ(in_words(all), "In the last 24 h this would have held back 3 of 6 reports: irc 1, mails 2.");
  EXPECT_EQ(tried([](Silence& of) { of.result = "failure"; }).held, 4U);
  EXPECT_EQ(tried([](Silence& of) {
              of.builder = "linux";
              of.statuses = true;
            }).held,
            4U);
  EXPECT_EQ(tried([](Silence& of) { of.target = "#dev"; }).by_reporter,
            (std::map<std::string, std::size_t>{{"irc", 2}}));
  EXPECT_EQ(tried([](Silence& of) { of.target = "BOB@x"; }).by_reporter,
            (std::map<std::string, std::size_t>{{"mails", 3}}));
  EXPECT_EQ(tried([](Silence& of) { of.builder = "none"; }).held, 0U);
}

TEST(SilenceJson, SaysAllOfIt) {
  store::KeptSilence kept;
  kept.silence.id = 3;
  kept.silence.builder = "linux";
  kept.silence.from = noon;
  kept.silence.until = noon + an_hour;
  kept.silence.why = "a test";
  kept.held.push_back({"mails", "ci", "linux", 2, 7});
  kept.held.push_back({"mails", "", "", 1, 8});
  const json::object out = to_json(kept, noon);
  EXPECT_EQ(out.at("state"), "running");
  EXPECT_EQ(to_json(kept, noon - 1).at("state"), "coming");
  EXPECT_EQ(to_json(kept, noon + an_hour).at("state"), "ended");
  EXPECT_EQ(out.at("held_back"), 3);
  EXPECT_EQ(out.at("branch"), nullptr);
  EXPECT_THAT(json::serialize(out.at("held")), HasSubstr(R"("builder":"linux","count":2)"));
}

}  // namespace
}  // namespace carillon::view
