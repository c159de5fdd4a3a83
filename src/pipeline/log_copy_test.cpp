#include "pipeline/log_copy.hpp"

#include <gmock/gmock.h>

#include "base/piecewise.hpp"
#include "fakes/long_log.hpp"
#include "fakes/run.hpp"

namespace carillon::pipeline {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class LogCopyTest : public testing::Test {
 protected:
  LogReader reader(std::int64_t log) {
    return {master_, log, static_cast<std::int64_t>(master_->logs[log].size())};
  }
  std::string read(std::int64_t log, std::size_t most) {
    LogReader from = reader(log);
    return test::run(io_, read_log(from, most)).value();
  }
  // Into file_.
  Result<CopiedLog> copy(LogReader& from, std::uint64_t most, bool plain = false) {
    const WriteAt write = [this](std::uint64_t offset, std::string bytes) -> Task<void> {
      if (file_.size() < offset + bytes.size()) file_.resize(offset + bytes.size());
      file_.replace(offset, bytes.size(), bytes);
      largest_ = std::max(largest_, bytes.size());
      co_return ok();
    };
    file_.clear();
    auto copied = test::run(io_, copy_log(from, most, plain, write));
    if (copied) {
      EXPECT_LE(file_.size(), std::max<std::uint64_t>(most, copied->size));
      file_.resize(copied->size);
      EXPECT_EQ(copied->escaped, json_escaped_size(file_));
      EXPECT_LE(copied->size, most);
    }
    return copied;
  }
  CopiedLog copy(std::int64_t log, std::uint64_t most, bool plain = false) {
    LogReader from = reader(log);
    return copy(from, most, plain).value();
  }

  asio::io_context io_;
  std::shared_ptr<test::LogMaster> master_ = std::make_shared<test::LogMaster>();
  std::string file_;
  std::size_t largest_ = 0;
};

TEST_F(LogCopyTest, AShortLogIsWhole) {
  master_->write(1, 10);
  EXPECT_EQ(read(1, 1000), master_->text(1));
  EXPECT_FALSE(copy(1, 1 << 20).cut);
  EXPECT_EQ(file_, master_->text(1));
  EXPECT_EQ(master_->asked.back(), "logs/1/contents?offset=0&limit=10");
  master_->logs[2] = {};
  EXPECT_EQ(read(2, 1000), "");
  EXPECT_EQ(copy(2, 1 << 20).size, 0U);
}

TEST_F(LogCopyTest, ALongLogComesInPiecesOfABoundedSize) {
  master_->write(1, 200'000, 60);  // 12 MB
  EXPECT_FALSE(copy(1, 1 << 30).cut);
  EXPECT_EQ(file_, master_->text(1));
  EXPECT_LT(largest_, 700'000U);
  EXPECT_LT(master_->asked.size(), 40U);
}

TEST_F(LogCopyTest, LinesThatBecomeLongAreAskedForAgainInFewer) {
  master_->write(1, 20'000, 10);
  master_->write(1, 200, 60'000);  // 12 MB
  master_->write(1, 20'000, 10);
  EXPECT_FALSE(copy(1, 1 << 30).cut);
  EXPECT_EQ(file_, master_->text(1));
  EXPECT_LT(largest_, 5'000'000U);
}

TEST_F(LogCopyTest, OverTheLimitHeadAndTailStay) {
  master_->write(1, 100'000, 60);
  const CopiedLog copied = copy(1, 100'000, true);
  EXPECT_TRUE(copied.cut);
  EXPECT_EQ(copied.size, 100'000U);
  EXPECT_THAT(file_, StartsWith("0 xxx"));
  EXPECT_THAT(file_, EndsWith("xxx\n"));
  EXPECT_THAT(file_, HasSubstr("\n99999 xxx"));
  const auto marker = file_.find("lines left out ...]\n");
  ASSERT_NE(marker, std::string::npos);
  EXPECT_GT(marker, 45'000U);
  EXPECT_LT(marker, 55'000U);
  // Lines that stay and lines that are left out are all of them.
  const auto number = std::stoll(file_.substr(file_.rfind("..", marker) + 2));
  EXPECT_EQ(number + std::ranges::count(file_, '\n') - 1, 100'000);
  EXPECT_LT(master_->asked.size(), 5U) << "the middle is not fetched";
}

TEST_F(LogCopyTest, AnyLimitKeepsTheLimitAndLosesNoLine) {
  master_->write(1, 3000, 50);  // 150 KB
  for (std::uint64_t most = 1024; most < 170'000; most += 997) {
    const CopiedLog copied = copy(1, most, true);
    EXPECT_EQ(copied.cut, most < 3000 * 50) << most;
    if (copied.cut) {
      EXPECT_EQ(copied.size, most);
      EXPECT_THAT(file_, EndsWith("xxx\n"));
      EXPECT_THAT(file_, HasSubstr("lines left out ...]\n"));
    }
  }
}

TEST_F(LogCopyTest, AGuessThatItWillNotFitIsPutRight) {
  master_->write(1, 2000, 2000);  // the lines of the head are long
  master_->write(1, 2'000'000, 8);
  const std::uint64_t size = master_->text(1).size();
  EXPECT_FALSE(copy(1, size).cut);
  EXPECT_EQ(file_, master_->text(1));
  EXPECT_TRUE(copy(1, size - 1).cut);
  EXPECT_EQ(file_.size(), size - 1);
}

TEST_F(LogCopyTest, CharactersStayWhole) {
  std::string line = "o";
  for (int i = 0; i < 40'000; ++i)
    line += "\u20ac";
  master_->logs[1] = {line, line};
  for (std::uint64_t most = 2000; most < 2006; ++most) {
    EXPECT_TRUE(copy(1, most, true).cut);
    EXPECT_NO_THROW(json::parse("\"" + std::string(json::serialize(json::value(file_))).substr(1)));
    const std::string text = read(1, most);
    EXPECT_LT(text.size(), most + 64);
    for (const std::string& one : {file_, text}) {
      std::string escaped = "\"";
      append_json_escaped(escaped, one);
      boost::system::error_code wrong;
      json::parse(escaped + "\"", wrong);
      EXPECT_FALSE(wrong) << most;  // a parser takes whole characters only
    }
  }
}

TEST_F(LogCopyTest, TextIsCutBetweenLines) {
  master_->write(1, 100'000, 60);
  const std::string text = read(1, 10'000);
  EXPECT_LT(text.size(), 10'100U);
  EXPECT_THAT(text, StartsWith("o0 xxx"));
  EXPECT_THAT(text,
              testing::ContainsRegex("x\n\\[\\.\\.\\. [0-9]+ lines left out \\.\\.\\.\\]\no[0-9]+ xxx"));
  EXPECT_THAT(text, HasSubstr("\no99999 xxx"));
}

TEST_F(LogCopyTest, ALogThatBecameShorterEndsOrFails) {
  master_->write(1, 100, 60);
  LogReader longer(master_, 1, 1000);
  EXPECT_EQ(copy(longer, 1 << 20)->size, master_->text(1).size());
  master_->write(2, 100'000, 60);
  LogReader cut(master_, 2, 300'000);
  EXPECT_FALSE(copy(cut, 100'000)) << "its tail is not there";
}

TEST_F(LogCopyTest, AMasterThatIsAwayIsAFailure) {
  master_->write(1, 100'000, 60);
  master_->breaks = 2;
  LogReader from = reader(1);
  const auto copied = copy(from, 1 << 30);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().what, "away");
}

TEST_F(LogCopyTest, ALineThatIsTooLongIsLeftOut) {
  master_->logs[1] = {"first", std::string((std::size_t{64} << 20U) + 10, 'x'), "last"};
  EXPECT_EQ(read(1, 1 << 20), "first\n[... a line that is too long is left out ...]\nlast\n");
}

}  // namespace
}  // namespace carillon::pipeline
