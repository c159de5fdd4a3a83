#include "source/hook/hook_source.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "source/fake_environment.hpp"

namespace carillon::source::hook {
namespace {

class PlainDialect final : public Dialect {
 public:
  bool may_be_right(const web::Head&) const override { return true; }
  bool is_right(const web::Head&, std::string_view body, std::int64_t) const override {
    return body != "wrong";
  }
  Result<Heard> hear(const web::Head&, std::string_view body, Millis) const override {
    Heard heard;
    hook::Run run;
    run.id = body;
    run.state = {Phase::ended, Results::success};
    heard.runs.push_back(std::move(run));
    return heard;
  }
  std::vector<std::string> advice(const std::string& url) const override { return {"enter " + url}; }
};

class CountingSink final : public Sink {
 public:
  std::size_t events = 0;

  Task<Accepted> accept(std::string_view, std::vector<Event> told, json::value) override {
    events += told.size();
    co_return Accepted{std::vector<bool>(told.size(), false)};
  }
  bool wants(EventKind kind) const override { return kind == EventKind::build_finished; }
  Task<json::value> cursor(std::string_view) override { co_return nullptr; }
};

class HookSourceTest : public testing::Test {
 protected:
  std::shared_ptr<HookSource> make() {
    HookSource::Parts parts;
    parts.shape.source = parts.shape.ci = "ci";
    parts.url = "https://ci.example.org/";
    parts.dialect = std::make_shared<PlainDialect>();
    Environment lent = environment_.lend();
    lent.memory = [this] { return &memory_; };
    return std::make_shared<HookSource>(std::move(parts), lent, "carillon.cfg:1");
  }
  static web::Request delivery(std::string body) {
    web::Request request;
    request.body = std::move(body);
    return request;
  }

  FakeEnvironment environment_;
  test::FakeKeyValue memory_;
  CountingSink sink_;
};

TEST_F(HookSourceTest, ADeliveryIsTaken) {
  const auto source = make();
  const auto endpoints = source->endpoints(sink_);
  ASSERT_FALSE(endpoints.empty());
  EXPECT_EQ(endpoints[0].path, "/hook/ci");
  EXPECT_EQ(test::run(environment_.io, endpoints[0].route.handler(delivery("7"))).status, 202);
  EXPECT_EQ(test::run(environment_.io, endpoints[0].route.handler(delivery("wrong"))).status, 401);
  EXPECT_EQ(sink_.events, 1U);
}

// Its body was being read when a reload took the source out.
TEST_F(HookSourceTest, ADeliveryThatOutlivesItsSourceIsSentAway) {
  auto source = make();
  const auto endpoints = source->endpoints(sink_);
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(environment_.io, source->run(sink_),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  EXPECT_EQ(test::run(environment_.io, endpoints.at(0).route.handler(delivery("6"))).status, 202);
  cancel.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(test::run_until(environment_.io, [&] { return ended; }));
  sink_.events = 0;
  const web::Response answer = test::run(environment_.io, endpoints.at(0).route.handler(delivery("7")));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(sink_.events, 0U);
  web::Head head;
  head.headers["content-encoding"] = "gzip";
  EXPECT_EQ(endpoints.at(0).route.refuse(head)->status, 415);
}

TEST_F(HookSourceTest, SaysWhatToEnter) {
  EXPECT_EQ(make()->setup("https://c.example.org/"),
            (std::vector<std::string>{"enter https://c.example.org/hook/ci",
                                      "without a token of its API, deliveries that are lost stay lost"}));
}

}  // namespace
}  // namespace carillon::source::hook
