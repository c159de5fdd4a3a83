// What a bucket promises besides what every spool does (store/spool_test.cpp).
#include "spool/s3/s3.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "fakes/run.hpp"
#include "fakes/s3_server.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::spool::s3 {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr std::size_t part = std::size_t{5} << 20U;

std::string log_of(std::size_t size) {
  std::string text;
  text.reserve(size + 20);
  for (std::size_t i = 0; text.size() < size; ++i)
    text += std::to_string(i * 7919) + '\n';
  text.resize(size);
  return text;
}

class S3Test : public testing::Test {
 protected:
  S3Test() {
    place_.part = part;
    place_.patience = 20s;
    place_.insists = 5s;
  }
  std::unique_ptr<Spool> open(const std::string& folder = "upload") {
    return s3::open(io_.get_executor(), *client_, place_,
                    std::make_unique<Folder>(io_.get_executor(), dir_.file(folder), 0));
  }
  Result<void> write(Spool& spool, const std::string& name, const std::string& text) {
    const auto writer = spool.create(name);
    if (auto done = test::run(io_, writer->write_at(0, text)); !done) return done;
    return test::run(io_, writer->finish(text.size()));
  }
  Result<std::string> read(Spool& spool, const std::string& name, std::uint64_t size) {
    const auto file = test::run(io_, spool.open(name, size));
    if (!file) return failed(file);
    return *file == nullptr ? "none" : test::run(io_, (*file)->read(0, size + 10));
  }
  std::vector<std::string> names(Spool& spool) {
    std::vector<std::string> names;
    const auto entries = test::run(io_, spool.entries()).value();
    for (const Spool::Entry& entry : entries)
      names.push_back(entry.name);
    return names;
  }
  std::vector<std::string> told(const char* what) {
    std::vector<std::string> texts;
    const json::object state = server_.tell({});
    for (const json::value& one : state.at(what).as_array())
      texts.emplace_back(one.as_string());
    return texts;
  }
  void fail(const json::object& fault) { server_.tell({{"faults", json::array{fault}}}); }
  std::string why(const Result<void>& done) { return done ? "no failure" : done.error().what; }

  test::TempDir dir_;
  asio::io_context io_;
  test::S3Server server_;
  Place place_ = server_.place("carillon.sqlite.spool");
  std::unique_ptr<http::Client> client_ = http::make_client(io_.get_executor());
};

TEST_F(S3Test, LargeFilesGoInPartsAndSmallOnesAtOnce) {
  const auto spool = open();
  const std::string large = log_of(2 * part + 77);
  ASSERT_TRUE(write(*spool, "large", large));
  ASSERT_TRUE(write(*spool, "small", log_of(part)));
  EXPECT_TRUE(read(*spool, "large", large.size()).value() == large);
  const auto calls = told("calls");
  EXPECT_EQ(std::ranges::count_if(
                calls, [](const std::string& call) { return call.find("partNumber=") != std::string::npos; }),
            3);
  EXPECT_THAT(told("refused"), IsEmpty());
  EXPECT_EQ(server_.tell({}).at("uploads"), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir_.file("upload")));
}

TEST_F(S3Test, WhatIsReadInSmallPiecesIsAskedForInLargeOnes) {
  const auto spool = open();
  const std::string text = log_of(part);
  ASSERT_TRUE(write(*spool, "x", text));
  const auto file = test::run(io_, spool->open("x", part)).value();
  const std::size_t before = told("calls").size();
  std::string got;
  while (got.size() < part)
    got += test::run(io_, file->read(got.size(), 49'152)).value();
  EXPECT_TRUE(got == text);
  EXPECT_EQ(told("calls").size() - before, 6U) << "a read across the end of a piece begins the next one";
}

TEST_F(S3Test, ListsOfManyPages) {
  server_.tell({{"page", 2}});
  const auto spool = open();
  for (const char* name : {"a", "b", "c", "d", "e"})
    ASSERT_TRUE(write(*spool, name, name));
  ASSERT_TRUE(test::run(io_, claim(*client_, place_, "owner.txt", "id")));
  EXPECT_THAT(names(*spool), UnorderedElementsAre("a", "b", "c", "d", "e")) << "of spools only";
  place_.url += "2";
  EXPECT_THAT(names(*open("other")), IsEmpty());
}

TEST_F(S3Test, NamesThatMustBeEncoded) {
  place_.url = place_.url.substr(0, place_.url.rfind('/')) + "/a%20b%2Bc%26d.spool";
  const auto spool = open();
  ASSERT_TRUE(write(*spool, "x", log_of(part + 1)));
  EXPECT_TRUE(read(*spool, "x", part + 1).value() == log_of(part + 1));
  EXPECT_THAT(names(*spool), UnorderedElementsAre("x"));
  EXPECT_THAT(told("keys"), UnorderedElementsAre("logs/a b+c&d.spool/x"));
  EXPECT_THAT(told("refused"), IsEmpty());
}

TEST_F(S3Test, ThePlaceIsOneDatabases) {
  EXPECT_EQ(test::run(io_, claim(*client_, place_, "owner.txt", "one")).value(), "one");
  EXPECT_EQ(test::run(io_, claim(*client_, place_, "owner.txt", "one")).value(), "one");
  EXPECT_EQ(test::run(io_, claim(*client_, place_, "owner.txt", "two")).value(), "one");
  place_.secret_key = Secret("wrong");
  EXPECT_FALSE(test::run(io_, claim(*client_, place_, "owner.txt", "two"))) << "nobody knows whose it is";
}

TEST_F(S3Test, WhatAKilledProcessLeftGoesWhenItIsOld) {
  fail({{"how", "hang"}, {"target", "partNumber=2"}});
  place_.patience = place_.insists = 1s;
  const auto killed = open();
  fail({{"how", "503"}, {"method", "DELETE"}});  // it could not tidy up
  EXPECT_FALSE(write(*killed, "x", log_of(part + 1)));
  std::filesystem::create_directory(dir_.file("left"));
  for (const char* name : {"y", "z.part-1"})
    std::filesystem::copy_file("/proc/self/cmdline", dir_.file("left") + "/" + name);
  server_.tell({{"mend", true}});
  const auto next = open("left");
  EXPECT_THAT(names(*next), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(dir_.file("left")));
  EXPECT_EQ(server_.tell({}).at("uploads"), 1) << "it may be at it";
  server_.tell({{"older", 86'500}});
  EXPECT_THAT(names(*next), IsEmpty());
  EXPECT_EQ(server_.tell({}).at("uploads"), 0);
}

TEST_F(S3Test, WhatFailedForAMomentIsTriedAgain) {
  const auto spool = open();
  fail({{"how", "503"}, {"code", "SlowDown"}, {"method", "PUT"}, {"times", 2}});
  fail({{"how", "close"}, {"method", "POST"}, {"times", 1}});
  fail({{"how", "half"}, {"method", "GET"}, {"times", 1}});
  fail({{"how", "lost"}, {"target", "partNumber=2"}, {"times", 1}});
  const std::string text = log_of(part + 1);
  ASSERT_TRUE(write(*spool, "x", text));
  EXPECT_TRUE(read(*spool, "x", text.size()).value() == text);
}

TEST_F(S3Test, ACompletionOfUnknownOutcomeIsMadeSure) {
  const auto spool = open();
  fail({{"how", "lost"}, {"method", "POST"}, {"target", "uploadId="}, {"times", 1}});
  const std::string text = log_of(part + 1);
  EXPECT_EQ(why(write(*spool, "x", text)), "no failure");
  EXPECT_TRUE(read(*spool, "x", text.size()).value() == text);
}

TEST_F(S3Test, WhatCannotBeSentLeavesNothing) {
  const auto spool = open();
  place_.patience = place_.insists = 1s;
  const auto hasty = open("hasty");
  fail({{"how", "503"}, {"code", "SlowDown"}, {"target", "partNumber=2"}});
  EXPECT_THAT(why(write(*hasty, "x", log_of(part + 1))), HasSubstr("HTTP 503 SlowDown: Please try again."));
  EXPECT_EQ(server_.tell({{"mend", true}}).at("uploads"), 0);
  fail({{"how", "nonsense"}, {"method", "POST"}});
  EXPECT_THAT(why(write(*spool, "x", log_of(part + 1))),
              HasSubstr("the beginning of x: its answer is no document"));
  server_.tell({{"mend", true}});
  fail({{"how", "200"}, {"code", "InternalError"}, {"method", "POST"}, {"target", "uploadId="}});
  EXPECT_THAT(why(write(*spool, "x", log_of(part + 1))), HasSubstr("InternalError: Please try again."));
  EXPECT_THAT(told("keys"), IsEmpty());
  server_.tell({{"mend", true}});
  EXPECT_TRUE(std::filesystem::is_empty(dir_.file("upload")));
}

TEST_F(S3Test, OneThatIsAwayIsNotEmpty) {
  const auto spool = open();
  ASSERT_TRUE(write(*spool, "x", "text"));
  const auto file = test::run(io_, spool->open("x", 4)).value();
  place_.patience = place_.insists = 300ms;
  const auto hasty = open();
  for (const char* how : {"500", "hang", "close", "half", "nonsense"}) {
    server_.tell({{"mend", true}});
    fail({{"how", how}});
    const auto opened = test::run(io_, hasty->open("x", 4));
    ASSERT_FALSE(opened) << how;
    EXPECT_EQ(opened.error().kind, Failure::Kind::unreachable) << how;
    const auto listed = test::run(io_, hasty->entries());
    ASSERT_FALSE(listed) << how;
    EXPECT_THAT(listed.error().what, Not(HasSubstr("s3cret"))) << how;
  }
  server_.tell({{"mend", true}});
  EXPECT_EQ(test::run(io_, file->read(0, 4)).value(), "text");
}

TEST_F(S3Test, MistakesAreToldWithWhatToDo) {
  const auto told_of = [&] {
    const auto found = test::run(io_, open()->open("x", 4));
    if (found) return std::string("no failure");
    EXPECT_EQ(found.error().kind, Failure::Kind::unreachable) << "what waits goes on waiting";
    EXPECT_FALSE(found.error().retry_after);
    EXPECT_THAT(found.error().what, Not(HasSubstr("s3cret")));
    return found.error().what;
  };
  const Place right = place_;
  place_.secret_key = Secret("s3cret-but-wrong");
  EXPECT_EQ(told_of(), "S3: GET " + server_.url() +
                           "/logs: HTTP 403 SignatureDoesNotMatch: secret_key is not that of the access_key");
  place_ = right;
  place_.access_key = "AKIAOTHER";
  EXPECT_THAT(told_of(), HasSubstr("HTTP 403 InvalidAccessKeyId: there is no such access_key"));
  place_ = right;
  place_.region = "us-east-1";
  EXPECT_THAT(told_of(), HasSubstr("the bucket is in another region: write 'region': 'eu-central-1'"));
  place_ = right;
  place_.url = server_.url() + "/none/here";
  EXPECT_THAT(told_of(),
              HasSubstr("HTTP 404 NoSuchBucket: there is no such bucket: make " + server_.url() + "/none"));
  place_ = right;
  fail({{"how", "403"}, {"code", "AccessDenied"}});
  EXPECT_THAT(told_of(), HasSubstr("HTTP 403 AccessDenied: the access key may not do this"));
  server_.tell({{"mend", true}, {"skew", 1000}});
  EXPECT_THAT(told_of(),
              HasSubstr("RequestTimeTooSkewed: the clock of this machine and that of the server differ"));
}

TEST_F(S3Test, AServerThatIsNotThere) {
  place_.url = "http://127.0.0.1:1/logs/x";
  place_.patience = place_.insists = 300ms;
  EXPECT_THAT(why(write(*open(), "x", "text")), HasSubstr("127.0.0.1:1/logs/x/x: "));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.file("upload")));
}

}  // namespace
}  // namespace carillon::spool::s3
