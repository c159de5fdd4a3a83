#include "reporter/irc/irc_outbox.hpp"

#include <gmock/gmock.h>

#include <map>

namespace carillon::reporter::irc {
namespace {

using Rank = Outbox::Rank;
using testing::ElementsAre;
using testing::IsEmpty;

class OutboxTest : public testing::Test {
 protected:
  Outbox::Ticket announce(const std::string& word, const std::string& target = "#a") {
    return outbox_.add(Rank::announcement, target, {"PRIVMSG " + word + "\r\n"});
  }
  // What is written now, without line ends.
  std::vector<std::string> take() {
    std::vector<std::string> lines;
    std::string text = outbox_.take(now_);
    for (auto end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n")) {
      const std::size_t begin = text.starts_with("PRIVMSG ") ? 8 : 0;
      lines.push_back(text.substr(begin, end - begin));
      text.erase(0, end + 2);
    }
    EXPECT_EQ(text, "");
    return lines;
  }
  std::vector<Outbox::Ticket> done() {
    std::vector<Outbox::Ticket> tickets;
    for (const Outbox::Done& one : outbox_.take_done()) {
      EXPECT_EQ(one.refusal, "");
      tickets.push_back(one.ticket);
    }
    return tickets;
  }

  Outbox outbox_;
  Millis now_ = 1'000'000;
};

TEST_F(OutboxTest, ALineIsDoneWhenItsPingIsAnswered) {
  EXPECT_FALSE(outbox_.next_at(now_));
  const auto ticket = announce("one");
  EXPECT_EQ(outbox_.next_at(now_), now_);
  EXPECT_THAT(take(), ElementsAre("one", "PING carillon-1"));
  EXPECT_EQ(outbox_.unanswered_since(), now_);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(done(), IsEmpty());
  EXPECT_FALSE(outbox_.pong("carillon-2"));
  EXPECT_FALSE(outbox_.pong("else"));
  EXPECT_FALSE(outbox_.pong("carillon-1x"));
  EXPECT_TRUE(outbox_.pong("carillon-1"));
  EXPECT_THAT(done(), ElementsAre(ticket));
  EXPECT_FALSE(outbox_.pong("carillon-1"));
  EXPECT_FALSE(outbox_.unanswered_since());
}

TEST_F(OutboxTest, OnlyAFewLinesAreUnderWay) {
  for (int i = 1; i <= 6; ++i)
    announce(std::to_string(i));
  EXPECT_THAT(take(), ElementsAre("1", "2", "3", "4", "PING carillon-4"));
  now_ += 3'600'000;
  EXPECT_FALSE(outbox_.next_at(now_));
  EXPECT_THAT(take(), IsEmpty());
  outbox_.pong("carillon-4");
  EXPECT_THAT(done(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(take(), ElementsAre("5", "6", "PING carillon-6"));
}

TEST_F(OutboxTest, LongLinesFillTheWindowEarlier) {
  const std::string line(510, 'x');
  for (int i = 0; i < 4; ++i)
    announce(line);
  EXPECT_THAT(take(), ElementsAre(line, line, line, "PING carillon-3"));
}

TEST_F(OutboxTest, LinesThatComeWhileAPingIsUnderWayShareTheNextOne) {
  announce("a");
  EXPECT_THAT(take(), ElementsAre("a", "PING carillon-1"));
  announce("b");
  EXPECT_THAT(take(), ElementsAre("b"));
  announce("c");
  EXPECT_THAT(take(), ElementsAre("c"));
  outbox_.pong("carillon-1");
  EXPECT_THAT(done(), ElementsAre(1));
  EXPECT_THAT(take(), ElementsAre("PING carillon-3"));
  outbox_.pong("carillon-3");
  EXPECT_THAT(done(), ElementsAre(2, 3));
}

TEST_F(OutboxTest, AfterABurstEachLineWaitsForTheGap) {
  announce("1");
  EXPECT_THAT(take(), ElementsAre("1", "PING carillon-1"));
  outbox_.pong("carillon-1");
  for (const char* word : {"2", "3", "4", "5"})
    announce(word);
  EXPECT_THAT(take(), ElementsAre("2", "3", "4"));
  const auto next = outbox_.next_at(now_);
  EXPECT_EQ(next, now_ + Outbox::first_gap);
  now_ = *next - 1;
  EXPECT_THAT(take(), IsEmpty());
  now_ = *next;
  EXPECT_THAT(take(), ElementsAre("5"));
  now_ += Outbox::first_gap;
  EXPECT_THAT(take(), ElementsAre("PING carillon-5"));
  outbox_.pong("carillon-5");
  // A rest restores the burst, and no more.
  now_ += 3'600'000;
  for (const char* word : {"6", "7", "8", "9", "10", "11"})
    announce(word);
  EXPECT_EQ(take().size(), 5U);
}

TEST_F(OutboxTest, SomeCommandsCostMore) {
  outbox_.begin(now_);
  for (const char* line : {"JOIN #a\r\n", "JOIN #b\r\n", "WHOIS x\r\n"})
    outbox_.add(Rank::control, "", {line});
  std::vector<std::pair<Millis, std::string>> said;
  const Millis start = now_;
  while (outbox_.next_at(now_)) {
    now_ = *outbox_.next_at(now_);
    for (const std::string& line : take())
      said.emplace_back((now_ - start) / Outbox::first_gap, line);
  }
  // 2 for the registration, 3 for each JOIN, 2 for the WHOIS: what is more than 4 must be waited for.
  EXPECT_THAT(said, ElementsAre(std::pair(0, "JOIN #a"), std::pair(1, "JOIN #b"), std::pair(4, "WHOIS x"),
                                std::pair(6, "PING carillon-3")));
}

TEST_F(OutboxTest, AnswersGoBeforeAnnouncementsAndControlBeforeAll) {
  outbox_.add(Rank::announcement, "#a", {"PRIVMSG x1\r\n", "PRIVMSG x2\r\n"});
  outbox_.add(Rank::answer, "#a", {"PRIVMSG y\r\n"});
  outbox_.add(Rank::control, "", {"JOIN #a\r\n"});
  EXPECT_EQ(outbox_.waiting(Rank::announcement), 2U);
  EXPECT_EQ(outbox_.waiting(Rank::answer), 1U);
  EXPECT_THAT(take(), ElementsAre("JOIN #a", "y", "x1"));
}

TEST_F(OutboxTest, OfSeveralLinesTheLastOneCounts) {
  const auto first =
      outbox_.add(Rank::announcement, "#a",
                  {"PRIVMSG 1\r\n", "PRIVMSG 2\r\n", "PRIVMSG 3\r\n", "PRIVMSG 4\r\n", "PRIVMSG 5\r\n"});
  const auto second = announce("6");
  EXPECT_THAT(take(), ElementsAre("1", "2", "3", "4", "PING carillon-4"));
  EXPECT_FALSE(outbox_.withdraw(first));
  EXPECT_TRUE(outbox_.withdraw(second));
  EXPECT_FALSE(outbox_.withdraw(second));
  outbox_.pong("carillon-4");
  EXPECT_THAT(done(), IsEmpty());
  now_ += 3'600'000;
  EXPECT_THAT(take(), ElementsAre("5", "PING carillon-5"));
  outbox_.pong("carillon-5");
  EXPECT_THAT(done(), ElementsAre(first));
  const auto empty = outbox_.add(Rank::answer, "#a", {});
  EXPECT_THAT(done(), ElementsAre(empty));
}

TEST_F(OutboxTest, ARefusalIsThatOfWhatIsUnderWayToTheTarget) {
  announce("1", "ann");
  announce("2", "#b");
  outbox_.add(Rank::announcement, "ann", {"PRIVMSG 3\r\n", "PRIVMSG 4\r\n", "PRIVMSG 5\r\n"});
  announce("6", "ann");
  EXPECT_THAT(take(), ElementsAre("1", "2", "3", "4", "PING carillon-4"));
  outbox_.refused("ann", "no such nick");
  outbox_.refused("ann", "again");
  outbox_.refused("ben", "no such nick");
  outbox_.pong("carillon-4");
  const auto ended = outbox_.take_done();
  ASSERT_EQ(ended.size(), 3U);
  std::map<Outbox::Ticket, std::string> by_ticket;
  for (const Outbox::Done& one : ended)
    by_ticket[one.ticket] = one.refusal;
  EXPECT_EQ(by_ticket[1], "no such nick");
  EXPECT_EQ(by_ticket[2], "");
  EXPECT_EQ(by_ticket[3], "no such nick");  // its third line is not even tried
  now_ += 3'600'000;
  EXPECT_THAT(take(), ElementsAre("6", "PING carillon-5"));
  outbox_.pong("carillon-5");
  EXPECT_THAT(done(), ElementsAre(4));
}

TEST_F(OutboxTest, KeepsTheConnectionAlive) {
  outbox_.ping();
  EXPECT_THAT(take(), ElementsAre("PING carillon-0"));
  outbox_.ping();
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_TRUE(outbox_.pong("carillon-0"));
  EXPECT_THAT(take(), ElementsAre("PING carillon-0"));
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(OutboxTest, AFloodDoublesTheGap) {
  outbox_.flooded();
  EXPECT_EQ(outbox_.gap(), 2 * Outbox::first_gap);
  for (int i = 0; i < 10; ++i)
    outbox_.flooded();
  EXPECT_EQ(outbox_.gap(), Outbox::longest_gap);
}

}  // namespace
}  // namespace carillon::reporter::irc
