#include "transport/lookup.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>
#include <deque>
#include <thread>

#include "fakes/names.hpp"
#include "fakes/run.hpp"

namespace carillon::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Lookup : public testing::Test {
 protected:
  using Answer = std::optional<Result<Addresses>>;

  void use(const Lookups::Limits& limits = {}) { names_.use(io_->get_executor(), limits); }

  // Begun; its answer will be there.
  const Answer& begin(const std::string& host, std::chrono::milliseconds limit = 60s) {
    Answer& answer = answers_.emplace_back();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    asio::co_spawn(*io_, look_up(io_->get_executor(), host, "80", deadline),
                   [&answer](const std::exception_ptr& error, Result<Addresses> result) {
                     if (error) std::rethrow_exception(error);
                     answer = std::move(result);
                   });
    return answer;
  }

  bool until(const std::function<bool()>& condition) { return test::run_until(*io_, condition); }

  // The addresses, or the failure's text.
  std::vector<std::string> found(const std::string& host, std::chrono::milliseconds limit = 60s) {
    const Answer& answer = begin(host, limit);
    if (!until([&] { return answer.has_value(); })) return {"nothing came of it"};
    if (!*answer) return {answer->error().what};
    std::vector<std::string> all;
    for (const auto& endpoint : **answer)
      all.push_back(endpoint.address().to_string() + " " + std::to_string(endpoint.port()));
    return all;
  }

  std::unique_ptr<asio::io_context> io_ = std::make_unique<asio::io_context>(1);
  fakes::Names names_;
  std::deque<Answer> answers_;
};

TEST_F(Lookup, AddressesAndThisMachineAreNotAskedFor) {
  use();
  EXPECT_THAT(found("192.0.2.7"), ElementsAre("192.0.2.7 80"));
  EXPECT_THAT(found("2001:db8::1"), ElementsAre("2001:db8::1 80"));
  EXPECT_THAT(found("127.1"), ElementsAre("127.0.0.1 80"));
  EXPECT_THAT(found("2130706433"), ElementsAre("127.0.0.1 80"));
  for (const char* name : {"localhost", "LocalHost.", "a.localhost"})
    EXPECT_THAT(found(name), ElementsAre("::1 80", "127.0.0.1 80")) << name;
  EXPECT_EQ(names_.asked(), 0);
}

TEST_F(Lookup, FindsWhatTheSystemSays) {
  names_.means("live.test", {"192.0.2.1", "2001:db8::2"});
  names_.fails("none.test", "no address", false);
  use();
  EXPECT_THAT(found("Live.test"), ElementsAre("192.0.2.1 80", "2001:db8::2 80"));
  EXPECT_THAT(found("none.test"), ElementsAre("name lookup: no address"));
  EXPECT_THAT(found("other.test"), ElementsAre("name lookup: Name or service not known"));
}

TEST_F(Lookup, TheSystemIsAsked) {
  const Found found = ask_system("127.0.0.2", AI_NUMERICHOST);
  EXPECT_THAT(found.addresses, ElementsAre(asio::ip::make_address("127.0.0.2")));
  const Found none = ask_system("not-numeric", AI_NUMERICHOST);
  EXPECT_EQ(none.error, "Name or service not known");
  EXPECT_FALSE(none.for_now);
}

TEST_F(Lookup, DeadNamesDelayNoOther) {
  names_.means("live.test", {"192.0.2.1"});
  use();
  for (int i = 0; i < 40; ++i) {
    names_.hangs("dead" + std::to_string(i));
    begin("dead" + std::to_string(i));
  }
  ASSERT_TRUE(until([&] { return names_.asked() == 40; }));
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_FALSE(answers_[i].has_value());
}

TEST_F(Lookup, OneNameIsLookedUpOnceForAll) {
  names_.means("live.test", {"192.0.2.1"});
  names_.hangs("live.test");
  use();
  for (int i = 0; i < 20; ++i)
    begin("live.test");
  ASSERT_TRUE(until([&] { return names_.asked() == 1; }));
  names_.answer();
  const auto all_have_it = [&] {
    return std::ranges::all_of(answers_, [](const Answer& answer) { return answer && *answer; });
  };
  EXPECT_TRUE(until(all_have_it));
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));  // remembered
  EXPECT_EQ(names_.asked(), 1);
}

TEST_F(Lookup, NobodyWaitsBeyondHisTime) {
  names_.means("dead.test", {"192.0.2.1"});
  names_.hangs("dead.test");
  use();
  EXPECT_THAT(found("dead.test", 30ms), ElementsAre("name lookup: no answer within 30 ms"));
  EXPECT_THAT(found("dead.test", 20ms), ElementsAre("name lookup: no answer within 20 ms"));
  EXPECT_TRUE(until([&] { return names_.asked() > 0; }));
  EXPECT_EQ(names_.asked(), 1);  // it goes on, and is not begun twice
  const Answer& patient = begin("dead.test");
  names_.answer();
  ASSERT_TRUE(until([&] { return patient.has_value(); }));
  EXPECT_TRUE(*patient);
}

TEST_F(Lookup, NamesThatWereSlowLeaveThreadsToOthers) {
  Lookups::Limits limits;
  limits.crew = {.all = 4, .slow = 2};
  names_.means("live.test", {"192.0.2.1"});
  use(limits);
  for (int i = 0; i < 6; ++i) {
    const std::string name = "dead" + std::to_string(i);
    names_.fails(name, "Temporary failure in name resolution", true);
    EXPECT_THAT(found(name), ElementsAre("name lookup: Temporary failure in name resolution"));
    names_.hangs(name);
  }
  for (int i = 0; i < 6; ++i)
    begin("dead" + std::to_string(i));
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  EXPECT_LE(names_.asked(), 6 + 2 + 1);
  names_.answer();  // the others have their turn
  EXPECT_TRUE(until([&] { return names_.asked() == 6 + 6 + 1; }));
}

TEST_F(Lookup, WhatWasKnownServesWhileNoServerAnswers) {
  Lookups::Limits limits;
  limits.fresh = 0ms;
  limits.patience = 20ms;
  limits.again = 0ms;
  names_.means("live.test", {"192.0.2.1"});
  use(limits);
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  names_.hangs("live.test");
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  EXPECT_TRUE(until([&] { return names_.asked() == 2; }));
  names_.fails("live.test", "Temporary failure in name resolution", true);
  names_.answer();
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  names_.means("live.test", {"192.0.2.2"});
  EXPECT_TRUE(until([&] { return found("live.test").front() == "192.0.2.2 80"; }));
  // A server that answers, and knows it no more, is believed.
  names_.fails("live.test", "Name or service not known", false);
  EXPECT_TRUE(until([&] { return found("live.test").front() == "name lookup: Name or service not known"; }));
}

TEST_F(Lookup, WhatIsKnownIsForgottenInTheEnd) {
  Lookups::Limits limits;
  limits.fresh = limits.known = 0ms;
  names_.means("live.test", {"192.0.2.1"});
  use(limits);
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  names_.fails("live.test", "Temporary failure in name resolution", true);
  EXPECT_THAT(found("live.test"), ElementsAre("name lookup: Temporary failure in name resolution"));
}

TEST_F(Lookup, StoppingWaitsForNone) {
  Lookups::Limits limits;
  limits.fresh = 0ms;
  names_.means("live.test", {"192.0.2.1"});
  names_.hangs("dead.test");
  use(limits);
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  const Answer& pending = begin("dead.test");
  ASSERT_TRUE(until([&] { return names_.asked("dead.test") == 1; }));
  Lookups::of(io_->get_executor()).stop();
  ASSERT_TRUE(until([&] { return pending.has_value(); }));
  ASSERT_FALSE(*pending);
  EXPECT_EQ(pending->error().what, "name lookup: given up because Carillon stops");
  EXPECT_THAT(found("dead.test"), ElementsAre("name lookup: given up because Carillon stops"));
  EXPECT_THAT(found("live.test"), ElementsAre("192.0.2.1 80"));
  EXPECT_EQ(names_.asked(), 2);
}

TEST_F(Lookup, TheContextMayGoBefore) {
  names_.hangs("dead.test");
  use();
  const Answer& pending = begin("dead.test");
  ASSERT_TRUE(until([&] { return names_.asked() == 1; }));
  io_.reset();
  EXPECT_FALSE(pending.has_value());
  names_.answer();
  const auto deadline = std::chrono::steady_clock::now() + test::patience;
  while (!names_.at_rest() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_TRUE(names_.at_rest());
}

TEST_F(Lookup, OnlyAllowedAddressesAreGiven) {
  names_.means("both.test", {"192.0.2.1", "10.1.2.3", "::ffff:10.4.5.6"});
  names_.means("out.test", {"192.0.2.1", "2001:db8::1"});
  use();
  auto& lookups = Lookups::of(io_->get_executor());
  lookups.allow(Networks({"10.0.0.0/8"}));
  EXPECT_THAT(found("both.test"), ElementsAre("10.1.2.3 80", "::ffff:10.4.5.6 80"));
  EXPECT_THAT(found("out.test"), ElementsAre("192.0.2.1 is not in allowedNetworks"));
  EXPECT_THAT(found("10.9.9.9"), ElementsAre("10.9.9.9 80"));
  EXPECT_THAT(found("127.0.0.1"), ElementsAre("127.0.0.1 is not in allowedNetworks"));
  EXPECT_THAT(found("localhost"), ElementsAre("::1 is not in allowedNetworks"));
  lookups.allow(Networks());
  EXPECT_THAT(found("out.test"), ElementsAre("192.0.2.1 80", "2001:db8::1 80"));
}

TEST_F(Lookup, CancellationPassesThrough) {
  names_.hangs("dead.test");
  use();
  asio::cancellation_signal cancel;
  std::exception_ptr thrown;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  asio::co_spawn(
      *io_, look_up(io_->get_executor(), "dead.test", "80", deadline),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, const Result<Addresses>&) {
        thrown = std::move(error);
      }));
  ASSERT_TRUE(until([&] { return names_.asked() == 1; }));
  cancel.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(until([&] { return thrown != nullptr; }));
  EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

}  // namespace
}  // namespace carillon::net
