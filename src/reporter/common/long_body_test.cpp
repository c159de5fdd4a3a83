#include "reporter/common/long_body.hpp"

#include <gmock/gmock.h>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "spool/folder.hpp"

namespace carillon::reporter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LongBodyTest : public testing::Test {
 protected:
  PayloadFile file(const std::string& name, const std::string& text, std::uint64_t at) {
    auto writer = spool_.create(name);
    EXPECT_TRUE(test::run(io_, writer->write_at(0, text)));
    EXPECT_TRUE(test::run(io_, writer->finish(text.size())));
    PayloadFile made;
    made.name = name;
    made.size = text.size();
    made.escaped = json_escaped_size(text);
    made.at = at;
    made.label = "log " + name;
    return made;
  }
  std::string read(LongBody& body) {
    std::string all;
    while (true) {
      const auto piece = test::run(io_, body.read()).value();
      if (piece.empty()) break;
      largest_ = std::max(largest_, piece.size());
      all += piece;
    }
    EXPECT_EQ(all.size(), body.size());
    return all;
  }
  std::string all_of(LongBody& body, std::uint64_t max_size = 0) {
    EXPECT_TRUE(test::run(io_, body.open()));
    EXPECT_TRUE(test::run(io_, body.begin(max_size)));
    return read(body);
  }
  static std::string lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += "line \"" + std::to_string(i) + "\"\n";
    return text;
  }
  static std::string base64(std::string_view text) {
    std::string out;
    Base64Lines lines;
    lines.add(out, text);
    lines.end(out);
    return out;
  }
  // What stands between the brackets, without its line ends.
  static std::string decoded(std::string_view text, std::size_t from) {
    std::string in(text.substr(from, text.find(']', from) - from));
    std::erase_if(in, [](char c) { return c == '\r' || c == '\n'; });
    return base64_decode(in).value();
  }

  test::TempDir dir_;
  asio::io_context io_;
  spool::Folder spool_{io_.get_executor(), dir_.path() / "spool", 0};
  std::size_t largest_ = 0;
};

TEST_F(LongBodyTest, FilesStandWhereTheyBelong) {
  const std::string big = lines(20'000);
  const std::string payload = "a[]b[]";
  LongBody body(&spool_, payload, {file("x", "xyz", 2), file("y", big, 5)}, LongBody::Encoding::base64);
  const std::string expected = "a[" + base64("xyz") + "]b[" + base64(big) + "]";
  EXPECT_EQ(all_of(body), expected);
  ASSERT_TRUE(test::run(io_, body.begin()));
  EXPECT_EQ(read(body), expected) << "a second time";
  EXPECT_LT(largest_, std::size_t{200} << 10U);
  EXPECT_THAT(body.cut(), IsEmpty());
}

TEST_F(LongBodyTest, AsJson) {
  const std::string big = lines(20'000);
  const std::string payload = R"({"log": "", "n": 1})";
  LongBody body(&spool_, payload, {file("x", big, 9)}, LongBody::Encoding::json);
  const json::value parsed = json::parse(all_of(body));
  EXPECT_EQ(parsed.at("log").as_string(), big);
  EXPECT_EQ(parsed.at("n"), 1);
}

TEST_F(LongBodyTest, EmptyFilesAndPlacesAtTheEnds) {
  const std::string payload = "ab";
  LongBody body(&spool_, payload, {file("x", "1", 0), file("y", "", 1), file("z", "2", 2)},
                LongBody::Encoding::json);
  EXPECT_EQ(all_of(body), "1ab2");
}

TEST_F(LongBodyTest, AFileThatIsGoneIsReplacedByALine) {
  PayloadFile gone = file("x", "xyz", 1);
  ASSERT_TRUE(test::run(io_, spool_.remove({"x"})));
  LongBody mail(&spool_, "[]", {gone}, LongBody::Encoding::base64);
  EXPECT_EQ(decoded(all_of(mail), 1), "[this log is not kept any more]\n");
  EXPECT_THAT(mail.lost(), ElementsAre("log x"));
  LongBody post(&spool_, "[]", {gone}, LongBody::Encoding::json);
  EXPECT_EQ(all_of(post), "[[this log is not kept any more]\\n]");
}

TEST_F(LongBodyTest, CutsForARelayThatTakesLess) {
  const std::string big = lines(50'000);
  const std::string small = lines(50);
  const std::string payload = "[][]";
  LongBody body(&spool_, payload, {file("x", big, 1), file("y", small, 3)}, LongBody::Encoding::base64);
  for (const std::uint64_t most : {10'000ULL, 50'001ULL, 123'456ULL}) {
    const std::string sent = all_of(body, most);
    EXPECT_LE(sent.size(), most);
    EXPECT_GT(sent.size(), most / 10 * 8);
    EXPECT_THAT(body.cut(), ElementsAre("log x"));
    const std::string cut = decoded(sent, 1);
    EXPECT_THAT(cut, testing::StartsWith("line \"0\"\n"));
    EXPECT_THAT(cut, testing::EndsWith("line \"49999\"\n"));
    EXPECT_THAT(cut, HasSubstr("\"\n[... the middle of " + std::to_string(big.size()) +
                               " bytes is left out ...]\nline"));
    EXPECT_EQ(decoded(sent, sent.rfind('[') + 1), small);
  }
  EXPECT_EQ(all_of(body, 2'000'000).size(), body.size());
  EXPECT_THAT(body.cut(), IsEmpty());
  const std::uint64_t whole = body.size();
  EXPECT_LE(all_of(body, 1000).size(), 1000U);
  EXPECT_THAT(body.cut(), testing::UnorderedElementsAre("log x", "log y"));
  all_of(body, 3);
  EXPECT_EQ(body.size(), whole) << "no cut would help";
}

TEST_F(LongBodyTest, TextsInThePayloadAreCutAsFilesAre) {
  const std::string big = lines(3000);
  const std::string small = lines(30);
  const std::string coded = base64(big);
  const std::string payload = "a[" + coded + "]b[]c[" + base64(small) + "]d";
  const auto second = static_cast<std::uint64_t>(payload.rfind('[') + 1);
  LongBody body(&spool_, payload, {file("y", lines(5000), coded.size() + 5)}, LongBody::Encoding::base64,
                {{2, coded.size(), "big"}, {second, base64(small).size(), "small"}});
  for (const std::uint64_t most : {10'000ULL, 40'001ULL, 60'000ULL}) {
    const std::string sent = all_of(body, most);
    EXPECT_LE(sent.size(), most);
    EXPECT_GT(sent.size(), most / 10 * 8);
    EXPECT_THAT(body.cut(), testing::UnorderedElementsAre("big", "log y"));
    const std::string cut = decoded(sent, 2);
    EXPECT_THAT(cut, testing::StartsWith("line \"0\"\n"));
    EXPECT_THAT(cut, testing::EndsWith("line \"2999\"\n"));
    EXPECT_THAT(cut,
                HasSubstr("[... the middle of " + std::to_string(big.size()) + " bytes is left out ...]\n"));
    EXPECT_THAT(decoded(sent, sent.find("]b[") + 3), testing::EndsWith("line \"4999\"\n"));
    EXPECT_EQ(decoded(sent, sent.rfind('[') + 1), small);
    EXPECT_THAT(sent, testing::EndsWith("]d"));
  }
  const std::string whole = all_of(body);
  EXPECT_THAT(whole, testing::StartsWith("a[" + coded + "]b[" + base64(lines(5000)) + "]c["));
  EXPECT_THAT(body.cut(), IsEmpty());
}

TEST_F(LongBodyTest, TextsNeedNoSpool) {
  const std::string text = lines(2000);
  const std::string payload = "[" + base64(text) + "]";
  LongBody body(nullptr, payload, {}, LongBody::Encoding::base64, {{1, payload.size() - 2, "x"}});
  EXPECT_EQ(all_of(body), payload);
  EXPECT_LE(all_of(body, 5000).size(), 5000U);
  EXPECT_LE(all_of(body, 100).size(), 100U) << "the line that says so is left";
  EXPECT_THAT(decoded(all_of(body, 100), 1), HasSubstr("[... the middle of "));
  LongBody none(nullptr, "[]", {PayloadFile{"f", 3, 3, 1, 0, "f"}}, LongBody::Encoding::base64);
  EXPECT_FALSE(test::run(io_, none.open()));
}

TEST_F(LongBodyTest, NoMoreThanTheMailAllows) {
  PayloadFile big = file("x", lines(50'000), 1);
  big.most = 30'000;
  LongBody body(&spool_, "[]", {big}, LongBody::Encoding::base64);
  EXPECT_LE(decoded(all_of(body), 1).size(), 30'000U);
  EXPECT_THAT(body.cut(), IsEmpty()) << "that was known before";
}

TEST_F(LongBodyTest, CharactersStayWholeWhereItIsCut) {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += "\u20ac";
  PayloadFile big = file("x", text, 1);
  for (std::uint64_t most = 5000; most < 5007; ++most) {
    big.most = most;
    LongBody body(&spool_, "[]", {big}, LongBody::Encoding::base64);
    const std::string cut = decoded(all_of(body), 1);
    EXPECT_LE(cut.size(), most);
    EXPECT_EQ(valid_utf8(cut), cut);
  }
}

}  // namespace
}  // namespace carillon::reporter
