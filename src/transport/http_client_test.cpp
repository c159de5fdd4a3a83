#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <deque>

#include "base/text.hpp"
#include "fakes/http_server.hpp"
#include "fakes/names.hpp"
#include "fakes/run.hpp"
#include "transport/http.hpp"

namespace carillon::http {
namespace {

using fakes::HttpServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

// The way is an implementation detail: both ways pass the same tests.
class HttpClient : public testing::TestWithParam<const char*> {
 protected:
  // Runs the loop until all asked requests have their answers.
  void run() {
    io_.restart();
    while (pending_ > 0)
      io_.run_one();
  }

  void start(Request request) {
    const std::size_t index = results_.size();
    results_.emplace_back(std::nullopt);
    ++pending_;
    auto done = [this, index](std::exception_ptr error, Result<Response> result) {
      --pending_;
      if (!error) results_[index] = std::move(result);
    };
    asio::co_spawn(io_, client_->request(std::move(request)),
                   asio::bind_cancellation_slot(cancels_.emplace_back().slot(), done));
  }

  Result<Response> ask(Request request) {
    start(std::move(request));
    run();
    return *results_.back();
  }

  Result<Response> get(std::string path = "") { return ask({.url = server_.url() + path}); }

  asio::io_context io_{1};
  HttpServer server_{io_.get_executor()};
  std::unique_ptr<Client> client_ = std::string_view(GetParam()) == "curl"
                                        ? make_curl_client(io_.get_executor())
                                        : make_client(io_.get_executor());
  std::deque<asio::cancellation_signal> cancels_;  // one for each request
  std::vector<std::optional<Result<Response>>> results_;
  int pending_ = 0;
};

TEST_P(HttpClient, ReturnsStatusHeadersAndBody) {
  server_.answer([](const auto&) {
    return HttpServer::Reply{
        .status = 418, .headers = {{"X-Tea", " Earl Grey "}, {"x-tea", "2"}}, .body = "short"};
  });
  const auto response = get("pot?x=1");
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->header("x-tea"), "Earl Grey");
  EXPECT_EQ(response->body, "short");
  ASSERT_EQ(server_.received().size(), 1U);
  const auto& request = server_.received()[0];
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/pot?x=1");
  EXPECT_THAT(request.header("user-agent"), testing::StartsWith("carillon/"));
}

TEST_P(HttpClient, SendsTheBodyAsItIsWithEveryMethod) {
  const std::string body("\0binary\r\n\r\n", 11);
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    const auto response =
        ask({.method = method, .url = server_.url(), .headers = {{"X-A", ""}}, .body = body});
    ASSERT_TRUE(response) << response.error().what;
    const auto& request = server_.received().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.header("expect"), "");
    EXPECT_EQ(request.header("content-type"), "");
  }
  ASSERT_TRUE(ask({.method = "POST", .url = server_.url()}));
  EXPECT_EQ(server_.received().back().header("content-length"), "0");
  ASSERT_TRUE(ask({.method = "DELETE", .url = server_.url()}));
  EXPECT_EQ(server_.received().back().method, "DELETE");
  ASSERT_TRUE(ask({.method = "HEAD", .url = server_.url()}));
  EXPECT_EQ(server_.received().back().method, "HEAD");
  ASSERT_TRUE(get());
  EXPECT_EQ(server_.received().back().method, "GET");
  EXPECT_EQ(server_.connections(), 1);
}

TEST_P(HttpClient, SendsALargeBodyAtOnce) {
  const std::string body(3'000'000, 'b');
  const auto response =
      ask({.method = "POST", .url = server_.url(), .headers = {{"Content-Type", "text/x"}}, .body = body});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(server_.received()[0].body.size(), body.size());
  EXPECT_EQ(server_.received()[0].header("content-type"), "text/x");
  EXPECT_EQ(server_.received()[0].header("expect"), "");
}

// Gives its text in pieces, each a little later; may fail on the way.
class SlowBody final : public Body {
 public:
  explicit SlowBody(std::string text) : text_(std::move(text)) {}
  Task<void> begin() override {
    ++begun;
    at_ = 0;
    co_return ok();
  }
  std::uint64_t size() const override { return text_.size(); }
  Task<std::string_view> read() override {
    if (reads++ % 4 == 0) co_await sleep_for(1ms);
    if (fails_at && at_ >= *fails_at) co_return unreachable("the disk is gone");
    const std::string_view piece = std::string_view(text_).substr(at_, 30'000);
    at_ += piece.size();
    co_return piece;
  }
  std::optional<std::size_t> fails_at;
  int begun = 0;
  int reads = 0;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string long_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i)
    text += std::to_string(i) + " bottles\r\n";
  return text;
}

HttpServer::Reply leads_to(int status, std::string location) {
  return {.status = status, .headers = {{"Location", std::move(location)}}, .body = "moved"};
}

TEST_P(HttpClient, FollowsRedirectsOnTheSameServerWithAllThatWasAskedFor) {
  server_.answer([](const HttpServer::Received& request) {
    if (request.target.starts_with("/old")) return leads_to(307, "/new?x=1");
    return HttpServer::Reply{.body = "here"};
  });
  for (const std::string method : {"GET", "POST", "PATCH"}) {
    const auto before = server_.received().size();
    const auto response = ask({.method = method,
                               .url = server_.url() + "old",
                               .secret_query = "key=hush",
                               .headers = {{"X-A", "b"}},
                               .body = "text",
                               .auth = Auth{Auth::Scheme::basic, "ann", Secret("pass:word")}});
    ASSERT_TRUE(response) << response.error().what;
    EXPECT_EQ(response->body, "here");
    ASSERT_EQ(server_.received().size(), before + 2);
    const auto& request = server_.received().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(request.target, "/new?x=1&key=hush");
    EXPECT_EQ(request.body, "text");
    EXPECT_EQ(request.header("x-a"), "b");
    EXPECT_EQ(request.header("authorization"), "Basic YW5uOnBhc3M6d29yZA==");
  }
  const auto body = std::make_shared<SlowBody>(long_text(300'000));
  ASSERT_TRUE(ask({.method = "POST", .url = server_.url() + "old", .large_body = body}));
  EXPECT_EQ(server_.received().back().target, "/new?x=1");
  EXPECT_TRUE(server_.received().back().body == long_text(300'000));
}

TEST_P(HttpClient, ARedirectThatIsNotFollowedIsTheAnswer) {
  HttpServer other(io_.get_executor(), {});
  server_.answer([&other](const HttpServer::Received& request) {
    if (request.target == "/loop") return leads_to(302, "/loop");
    if (request.target == "/away") return leads_to(307, other.url());
    return leads_to(302, "/login");
  });
  const auto posted = ask({.method = "POST", .url = server_.url(), .body = "text"});
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->status, 302) << "it may have been a login page that it leads to";
  EXPECT_EQ(server_.received().size(), 1U);
  EXPECT_EQ(ask({.url = server_.url(), .redirects = 0})->status, 302);
  EXPECT_EQ(server_.received().size(), 2U);
  EXPECT_EQ(get("loop")->status, 302);
  EXPECT_EQ(server_.received().size(), 8U);
  EXPECT_EQ(get("away")->status, 307);
  EXPECT_EQ(other.connections(), 0);
}

TEST_P(HttpClient, GoesToHttpsWithAServerThatDoes) {
  const std::string there = "https://127.0.0.1:" + std::to_string(server_.port()) + "/a";
  server_.answer([&there](const auto&) { return leads_to(301, there); });
  const auto response = ask({.method = "POST", .url = server_.url() + "a", .body = "text"});
  ASSERT_FALSE(response) << "it speaks no TLS";
  EXPECT_THAT(response.error().what, testing::StartsWith("POST " + there + ": "));
}

TEST_P(HttpClient, AuthenticatesBasicWithoutAChallenge) {
  ASSERT_TRUE(ask({.url = server_.url(), .auth = Auth{Auth::Scheme::basic, "ann", Secret("pass:word")}}));
  EXPECT_EQ(server_.received()[0].header("authorization"), "Basic YW5uOnBhc3M6d29yZA==");
  ASSERT_TRUE(get());  // the same handle again
  EXPECT_EQ(server_.received()[1].header("authorization"), "");
}

TEST_P(HttpClient, SendsALargeBodyPieceByPiece) {
  const std::string text = long_text(3'000'000);
  for (const std::string method : {"POST", "PUT"}) {
    const auto body = std::make_shared<SlowBody>(text);
    const auto response = ask({.method = method, .url = server_.url(), .large_body = body});
    ASSERT_TRUE(response) << response.error().what;
    const auto& request = server_.received().back();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(request.header("content-length"), std::to_string(text.size()));
    EXPECT_EQ(request.header("transfer-encoding"), "");
    EXPECT_TRUE(request.body == text);
  }
  // The handle serves others again.
  EXPECT_TRUE(get());
  ask({.method = "POST", .url = server_.url(), .body = "short"});
  EXPECT_EQ(server_.received().back().body, "short");
  const auto empty = std::make_shared<SlowBody>("");
  EXPECT_TRUE(ask({.method = "POST", .url = server_.url(), .large_body = empty}));
  EXPECT_EQ(server_.received().back().header("content-length"), "0");
}

TEST_P(HttpClient, SeveralLargeBodiesAtOnce) {
  const std::string text = long_text(1'000'000);
  for (int i = 0; i < 5; ++i)
    start({.method = "POST", .url = server_.url(), .large_body = std::make_shared<SlowBody>(text)});
  run();
  for (const auto& request : server_.received())
    EXPECT_TRUE(request.body == text);
  EXPECT_EQ(server_.received().size(), 5U);
}

TEST_P(HttpClient, ALargeBodyIsSentAgainAfterAChallenge) {
  server_.answer([](const HttpServer::Received& request) {
    if (request.header("authorization").starts_with("Digest ")) return HttpServer::Reply{.body = "in"};
    return HttpServer::Reply{
        .status = 401, .headers = {{"WWW-Authenticate", R"(Digest realm="r", nonce="n1", qop="auth")"}}};
  });
  const std::string text = long_text(500'000);
  const auto body = std::make_shared<SlowBody>(text);
  const Auth auth{Auth::Scheme::digest, "ann", Secret("password")};
  const auto response = ask({.method = "POST", .url = server_.url(), .large_body = body, .auth = auth});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "in");
  EXPECT_TRUE(server_.received().back().body == text);
}

TEST_P(HttpClient, ALargeBodyThatCannotBeReadIsAFailure) {
  const auto body = std::make_shared<SlowBody>(long_text(1'000'000));
  body->fails_at = 300'000;
  const auto response = ask({.method = "POST", .url = server_.url(), .large_body = body});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(response.error().what, HasSubstr("the disk is gone"));
  EXPECT_TRUE(get()) << "others are not harmed";
}

TEST_P(HttpClient, ALargeBodyMayBeGivenUpWhileItIsRead) {
  const std::weak_ptr<SlowBody> body = [this] {
    auto made = std::make_shared<SlowBody>(long_text(5'000'000));
    start({.method = "POST", .url = server_.url(), .large_body = made, .timeout = 20ms});
    return made;
  }();
  run();
  ASSERT_FALSE(*results_.back());
  EXPECT_TRUE(get());
  io_.restart();
  while (!body.expired())
    ASSERT_GT(io_.run_one_for(test::patience), 0U) << "nobody holds it any more";
}

TEST_P(HttpClient, AnAnswerThatIsTooLargeMayBeExpected) {
  server_.answer([](const auto&) { return HttpServer::Reply{.body = std::string(5000, 'x')}; });
  EXPECT_FALSE(ask({.url = server_.url(), .max_body = 4999}));
  const auto large = ask({.url = server_.url(), .max_body = 4999, .may_be_large = true});
  ASSERT_TRUE(large);
  EXPECT_TRUE(large->too_large);
  const auto fits = ask({.url = server_.url(), .max_body = 5000, .may_be_large = true});
  EXPECT_FALSE(fits->too_large);
  EXPECT_EQ(fits->body.size(), 5000U);
}

TEST_P(HttpClient, AuthenticatesDigestAfterAChallenge) {
  server_.answer([](const HttpServer::Received& request) {
    if (request.header("authorization").starts_with("Digest "))
      return HttpServer::Reply{.body = "in:" + request.body};
    return HttpServer::Reply{.status = 401,
                             .headers = {{"WWW-Authenticate", R"(Digest realm="r", nonce="n1", qop="auth")"}},
                             .body = "who?"};
  });
  const Auth auth{Auth::Scheme::digest, "ann", Secret("password")};
  const auto response = ask({.method = "POST", .url = server_.url(), .body = "data", .auth = auth});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "in:data");
  EXPECT_EQ(response->header("www-authenticate"), std::nullopt);
  EXPECT_THAT(server_.received().back().header("authorization"), HasSubstr("username=\"ann\""));
  const auto without = get();
  EXPECT_EQ(without->status, 401);
}

TEST_P(HttpClient, SignsForS3WhatIsSent) {
  const Auth auth{Auth::Scheme::s3, "AKIAEXAMPLE", Secret("half/of+a=key"), "eu-west-3"};
  const auto body = std::make_shared<SlowBody>(long_text(2'000'000));
  ASSERT_TRUE(ask({.method = "PUT",
                   .url = server_.url() + "logs/x?partNumber=1&uploadId=a%2Fb%3D",
                   .headers = {{"x-amz-content-sha256", std::string(64, 'a')}},
                   .large_body = body,
                   .auth = auth}));
  ASSERT_TRUE(get());  // the same handle again
  const auto& sent = server_.received()[0];
  const std::string shown = sent.header("authorization");
  EXPECT_THAT(shown, testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"));
  EXPECT_THAT(shown, HasSubstr("/eu-west-3/s3/aws4_request, SignedHeaders="));
  EXPECT_THAT(shown, Not(HasSubstr("half")));
  const auto begin = shown.find("SignedHeaders=") + 14;
  const std::string names = shown.substr(begin, shown.find(',', begin) - begin);
  const auto each = words_of(names, ";");
  EXPECT_THAT(each, testing::IsSupersetOf({"host", "x-amz-content-sha256", "x-amz-date"}));
  for (const std::string_view name : each)
    EXPECT_NE(sent.header(name), "") << name << " is signed, and not sent";
  EXPECT_EQ(server_.received()[1].header("authorization"), "");
}

TEST_P(HttpClient, NamesWhatWasAskedButNoSecret) {
  server_.answer([](const auto&) { return HttpServer::Reply{.cut = 0}; });
  std::string url = server_.url() + "path?token=visible-secret#x";
  url.insert(7, "user:hidden@");
  const auto response = ask({.method = "POST",
                             .url = url,
                             .secret_query = "key=query-secret",
                             .headers = {{"Authorization", "header-secret"}},
                             .body = "body-secret"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(response.error().what, testing::StartsWith("POST " + server_.url() + "path: "));
  EXPECT_THAT(response.error().what, AllOf(Not(HasSubstr("secret")), Not(HasSubstr("hidden"))));
  EXPECT_EQ(server_.received()[0].target, "/path?token=visible-secret&key=query-secret");
}

TEST_P(HttpClient, RefusesWhatIsNoUrlOrBreaksTheHeader) {
  for (const std::string url : {"", "x", "ftp://host/", "file:///etc/passwd", "http://", "http:///x",
                                "http://h/a b", "http://h/\r\nX: y", "http://h:port/"}) {
    const auto response = ask({.url = url});
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().kind, Failure::Kind::rejected) << url << ": " << response.error().what;
  }
  const auto injected = ask({.url = server_.url(), .headers = {{"X", "a\r\nY: secret"}}});
  ASSERT_FALSE(injected);
  EXPECT_EQ(injected.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(injected.error().what, Not(HasSubstr("secret")));
  EXPECT_FALSE(ask({.url = server_.url(), .headers = {{"X: a\r\nY", "b"}}}));
  EXPECT_FALSE(ask({.method = "GET / HTTP/1.1\r\n", .url = server_.url()}));
  EXPECT_TRUE(server_.received().empty());
}

TEST_P(HttpClient, CannotConnect) {
  const auto url = server_.url();
  server_.stop();
  const auto response = ask({.url = url});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, Failure::Kind::unreachable);
}

TEST_P(HttpClient, GivesUpAfterTheTimeout) {
  for (const bool slow : {false, true}) {
    server_.answer([slow](const auto&) {
      return slow ? HttpServer::Reply{.body = std::string(100'000, 'x'), .slow = 10}
                  : HttpServer::Reply{.hang = true};
    });
    const auto begin = std::chrono::steady_clock::now();
    const auto response = ask({.url = server_.url(), .timeout = 150ms});
    const auto took = std::chrono::steady_clock::now() - begin;
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, Failure::Kind::unreachable);
    EXPECT_GE(took, 140ms);
    EXPECT_LT(took, 60s) << "the slow answer takes 100 s, the other one for ever";
  }
}

TEST_P(HttpClient, BrokenAnswersAreFailures) {
  const HttpServer::Reply broken[] = {
      {.body = "half of this", .cut = 50},
      {.raw = "HTTP/1.1 abc\r\n\r\n"},
      {.raw = "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n"},
      {.raw = std::string("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", 25)},
      {.raw = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"},
      {.raw = "HTTP/1.1 200 OK\r\nContent-Le"},
      {.raw = "220 smtp ready\r\n"},
      {.raw = ""},
      {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"},
      {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
      {.raw = "HTTP/1.1 200 OK\r\nX: " + std::string(600'000, 'x') + "\r\n\r\n"}};
  for (const auto& reply : broken) {
    server_.answer([&reply](const auto&) { return reply; });
    const auto response = get();
    ASSERT_FALSE(response) << response->status << response->body.size();
    EXPECT_EQ(response.error().kind, Failure::Kind::unreachable);
  }
  server_.answer({});
  EXPECT_TRUE(get());
}

TEST_P(HttpClient, OddAnswersThatAreClearAreAnswers) {
  const std::string_view odd[] = {
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nX-Y : z\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n02;x=y\nok\n0\nT: x\n\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 102 Wait\r\nA: b\r\n\r\nHTTP/1.1 103 Look\r\n\r\nHTTP/1.0 200 OK\r\n\r\nok",
      "HTTP/1.0 200 OK\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and what nobody asked for",
  };
  for (const std::string_view raw : odd) {
    server_.answer([raw](const auto&) { return HttpServer::Reply{.raw = std::string(raw)}; });
    const auto before = server_.received().size();
    const auto response = ask({.method = "POST", .url = server_.url(), .body = "x"});
    ASSERT_TRUE(response) << raw << response.error().what;
    EXPECT_EQ(response->status, 200) << raw;
    EXPECT_EQ(response->body, "ok") << raw;
    EXPECT_EQ(response->header("a"), std::nullopt) << raw;
    if (response->header("x")) EXPECT_EQ(response->header("x"), "a b");
    EXPECT_EQ(server_.received().size(), before + 1) << raw;
  }
}

TEST_P(HttpClient, ASuccessWithoutItsWholeBodyIsEnoughForWhoNeedsNone) {
  const HttpServer::Reply broken[] = {
      {.raw = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nabc"},
      {.raw = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"},
      {.status = 201, .body = std::string(50'000, 'x')},
      {.status = 201, .body = std::string(39'000, 'x'), .slow = 100},
      {.raw = "HTTP/1.1 201 Created\r\nContent-Le"},
      {.raw = "HTTP/1.1 201 Created\r\nContent-Length: x\r\n\r\n"},
      {.raw = "HTTP/1.1 201 Created\r\nX: " + std::string(600'000, 'x') + "\r\n\r\n"},
  };
  for (const auto& reply : broken) {
    server_.answer([&reply](const auto&) { return reply; });
    const auto time = reply.slow > 0 ? 2s : 60s;  // the slow one needs 4 s at least
    Request request{.method = "POST", .url = server_.url(), .body = "x", .timeout = time, .max_body = 40'000};
    EXPECT_FALSE(ask(request));
    request.needs_body = false;
    const auto enough = ask(request);
    ASSERT_TRUE(enough) << enough.error().what;
    EXPECT_EQ(enough->status, 201);
  }
  server_.answer([](const auto&) {
    return HttpServer::Reply{.raw = "HTTP/1.1 500 Sorry\r\nContent-Length: 5\r\n\r\nabc"};
  });
  EXPECT_FALSE(ask({.url = server_.url(), .needs_body = false})) << "no success";
  server_.answer([](const auto&) { return HttpServer::Reply{.raw = "HTTP/1.1 100 Continue\r\n\r\n"}; });
  EXPECT_FALSE(ask({.url = server_.url(), .needs_body = false})) << "no answer";
  server_.answer([](const auto&) { return HttpServer::Reply{.raw = "HTTP/1.1 20"}; });
  EXPECT_FALSE(ask({.url = server_.url(), .needs_body = false})) << "nor this";
  server_.answer({});
  EXPECT_TRUE(get());
}

TEST_P(HttpClient, LimitsTheBody) {
  server_.answer([](const auto&) { return HttpServer::Reply{.body = std::string(2'000'000, 'x')}; });
  const auto fits = ask({.url = server_.url(), .max_body = 2'000'000});
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->body.size(), 2'000'000U);
  const auto too_large = ask({.url = server_.url(), .max_body = 1'999'999});
  ASSERT_FALSE(too_large);
  EXPECT_THAT(too_large.error().what, HasSubstr("larger than 1999999 bytes"));
}

TEST_P(HttpClient, ManyAtOnceShareConnectionsAndOneOriginDoesNotBlockAnother) {
  HttpServer hanging(io_.get_executor(), [](const auto&) { return HttpServer::Reply{.hang = true}; });
  for (int i = 0; i < 300; ++i)
    start({.url = hanging.url(), .timeout = 20s});
  const int stuck = pending_;
  for (int i = 0; i < 1000; ++i)
    start({.method = "POST", .url = server_.url(), .body = "x"});
  while (pending_ > stuck)
    io_.run_one();
  EXPECT_EQ(server_.received().size(), 1000U);
  EXPECT_LE(server_.most_open(), 256);
  EXPECT_LE(hanging.most_open(), 256);
  client_.reset();
  run();
  for (int i = 0; i < stuck; ++i) {
    ASSERT_TRUE(results_[i].has_value());
    EXPECT_FALSE(*results_[i]);
  }
}

TEST_P(HttpClient, CancellingTakesTheRequestBack) {
  server_.answer([](const auto&) { return HttpServer::Reply{.hang = true}; });
  start({.url = server_.url()});
  while (server_.received().empty())
    io_.run_one();
  cancels_.front().emit(asio::cancellation_type::terminal);
  run();
  EXPECT_FALSE(results_[0].has_value());  // ended by an exception
  EXPECT_TRUE(test::run_until(io_, [this] { return server_.open() == 0; }));
  server_.answer({});
  EXPECT_TRUE(get());
}

TEST_P(HttpClient, LeavesTheLoopFreeToEndWhenIdle) {
  ASSERT_TRUE(get());
  server_.stop();
  io_.restart();
  io_.run_for(30s);
  EXPECT_TRUE(io_.stopped()) << "something is still to do";
}

TEST_P(HttpClient, ReconnectsWhenTheServerClosedAnIdleConnection) {
  ASSERT_TRUE(get());
  const auto port = server_.port();
  server_.stop();
  io_.restart();
  io_.run_for(50ms);
  HttpServer again(io_.get_executor(), {}, port);
  EXPECT_TRUE(get());
}

TEST_P(HttpClient, UsesNoProxyForLoopback) {
  setenv("http_proxy", "http://127.0.0.1:1/", 1);
  const auto direct = get();
  const auto proxied = ask({.url = "http://example.invalid/"});
  unsetenv("http_proxy");
  EXPECT_TRUE(direct);
  ASSERT_FALSE(proxied);
  EXPECT_THAT(proxied.error().what, HasSubstr("127.0.0.1"));
}

TEST_P(HttpClient, DeadNamesDelayNoOther) {
  fakes::Names names;
  names.means("live.test", {"127.0.0.1"});
  names.hangs("dead.test");
  names.use(io_.get_executor());
  server_.answer([](const auto&) { return HttpServer::Reply{.body = "here"}; });
  for (int i = 0; i < 300; ++i)  // more than may be under way at once
    start({.url = "http://dead.test/" + std::to_string(i), .timeout = 60s});
  start({.url = server_.url(), .timeout = 60s});
  start({.url = "http://live.test:" + std::to_string(server_.port()) + "/x", .timeout = 60s});
  while (!results_[300] || !results_[301])
    io_.run_one();
  EXPECT_EQ(results_[300]->value().body, "here");
  ASSERT_TRUE(*results_[301]) << results_[301]->error().what;
  EXPECT_EQ(results_[301]->value().body, "here");
  EXPECT_EQ(server_.received().back().header("host"), "live.test:" + std::to_string(server_.port()));
  EXPECT_TRUE(test::run_until(io_, [&] { return names.asked("dead.test") > 0; }));
  EXPECT_EQ(names.asked("dead.test"), 1);
  net::Lookups::of(io_.get_executor()).stop();
  run();
  EXPECT_EQ(results_[0]->error().what,
            "GET http://dead.test/0: name lookup: given up because Carillon stops");
}

TEST_P(HttpClient, ConnectsOnlyWhereItIsAllowed) {
  server_.answer([](const auto&) { return HttpServer::Reply{.body = "here"}; });
  fakes::Names names;
  names.means("live.test", {"192.0.2.1", "127.0.0.1"});
  names.use(io_.get_executor());
  auto& lookups = net::Lookups::of(io_.get_executor());
  const std::string named = "http://live.test:" + std::to_string(server_.port()) + "/";
  lookups.allow(net::Networks({"127.0.0.0/8"}));
  EXPECT_EQ(get()->body, "here");
  EXPECT_EQ(ask({.url = named})->body, "here");
  ASSERT_EQ(server_.received().size(), 2U);
  // Connections that were kept open are no way around.
  lookups.allow(net::Networks({"10.0.0.0/8"}));
  const auto refused = get("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "GET " + server_.url() + "x: 127.0.0.1 is not in allowedNetworks");
  EXPECT_EQ(refused.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(ask({.url = named}).error().what, "GET " + named + ": 192.0.2.1 is not in allowedNetworks");
  // New ones neither.
  client_ = std::string_view(GetParam()) == "curl" ? make_curl_client(io_.get_executor())
                                                   : make_client(io_.get_executor());
  EXPECT_EQ(get("x").error().what, refused.error().what);
  EXPECT_EQ(server_.received().size(), 2U);
  lookups.allow(net::Networks());
  EXPECT_EQ(get()->body, "here");
}

TEST_P(HttpClient, ALookupHasTheTimeOfItsRequest) {
  fakes::Names names;
  names.hangs("dead.test");
  names.use(io_.get_executor());
  const auto late = ask({.url = "http://dead.test/x?secret", .timeout = 50ms});
  EXPECT_EQ(late.error().what, "GET http://dead.test/x: name lookup: no answer within 50 ms");
  const auto none = ask({.url = "http://none.test/"});
  EXPECT_EQ(none.error().what, "GET http://none.test/: name lookup: Name or service not known");
  EXPECT_EQ(none.error().kind, Failure::Kind::unreachable);
}

INSTANTIATE_TEST_SUITE_P(Ways, HttpClient, testing::Values("curl", "plain"));

}  // namespace
}  // namespace carillon::http
