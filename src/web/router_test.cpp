#include "web/router.hpp"

#include <gtest/gtest.h>

namespace carillon::web {
namespace {

// A route that is known by its limit.
Route route(std::size_t number, Admits admits = nullptr) {
  Route made;
  made.max_body = number;
  made.admits = std::move(admits);
  return made;
}

Head head(std::string method, std::string path, std::string authorization = "") {
  Head made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.authorization = std::move(authorization);
  return made;
}

Admits with(std::string token) {
  return [token = std::move(token)](const Head& of) { return of.authorization == token; };
}

// The number of the route, or minus the status of the answer.
int found(const Router& router, Head of) {
  const Router::Found one = router.find(of);
  EXPECT_NE(one.route == nullptr, !one.answer.has_value());
  return one.route ? static_cast<int>(one.route->max_body) : -one.answer->status;
}

TEST(Router, FindsByMethodAndPath) {
  Router router;
  router.keep("GET", "/page", route(1));
  router.keep("POST", "/page", route(2));
  router.keep("POST", "/ingest", route(3));
  EXPECT_EQ(found(router, head("GET", "/page")), 1);
  EXPECT_EQ(found(router, head("HEAD", "/page")), 1);
  EXPECT_EQ(found(router, head("POST", "/page")), 2);
  EXPECT_EQ(found(router, head("GET", "/ingest")), -405);
  EXPECT_EQ(found(router, head("GET", "/page/")), -308);
  EXPECT_EQ(found(router, head("GET", "/")), -404);
  EXPECT_EQ(found(router, head("GET", "")), -404);
  Head put = head("PUT", "/page");
  const auto refused = router.find(put);
  ASSERT_TRUE(refused.answer);
  EXPECT_EQ(refused.answer->headers.at(0), (std::pair<std::string, std::string>("Allow", "GET, HEAD, POST")));
}

TEST(Router, WhatSaysMoreOfAPathGoesFirst) {
  Router router;
  router.keep("GET", "/b/{builder}/feed.atom", route(1));
  router.keep("GET", "/b/{builder}/{number}", route(2));
  router.keep("POST", "/b/{builder}/latest", route(3));
  router.keep("GET", "/b/odd/{number}", route(4));
  EXPECT_EQ(found(router, head("GET", "/b/linux/feed.atom")), 1) << "though another came later";
  EXPECT_EQ(found(router, head("HEAD", "/b/linux/feed.atom")), 1);
  EXPECT_EQ(found(router, head("GET", "/b/linux/7")), 2);
  EXPECT_EQ(found(router, head("GET", "/b/linux/latest")), 2) << "what says more does not answer GET";
  EXPECT_EQ(found(router, head("POST", "/b/linux/latest")), 3);
  EXPECT_EQ(found(router, head("GET", "/b/odd/feed.atom")), 4) << "the first place that differs decides";
  EXPECT_EQ(found(router, head("PUT", "/b/linux/latest")), -405);
  Head of_builder = head("GET", "/b/a%2Fb%20c/feed.atom");
  ASSERT_TRUE(router.find(of_builder).route);
  EXPECT_EQ(of_builder.parameters.at("builder"), "a/b c");
}

TEST(Router, PartsOfAPathAreParameters) {
  Router router;
  router.keep("POST", "/hook/{name}", route(1));
  router.keep("POST", "/hook/known", route(2));
  router.keep("GET", "/builders/{builder}/builds/{number}", route(3));
  EXPECT_EQ(found(router, head("POST", "/hook/known")), 2) << "the exact one goes first";
  EXPECT_EQ(found(router, head("POST", "/hook/")), -404);
  EXPECT_EQ(found(router, head("POST", "/hook/a/b")), -404);
  EXPECT_EQ(found(router, head("GET", "/hook/a")), -405);
  Head asked = head("GET", "/builders/a%2Fb%20%C3%A4/builds/7");
  ASSERT_TRUE(router.find(asked).route);
  EXPECT_EQ(asked.parameters.at("builder"), "a/b \xc3\xa4");
  EXPECT_EQ(asked.parameters.at("number"), "7");
}

TEST(Router, ASlashTooManyLeadsToThePage) {
  Router router;
  router.keep("GET", "/builds", route(1));
  router.keep("GET", "/b/{builder}", route(2));
  router.keep("POST", "/ingest", route(3));
  Route secret = route(4);
  secret.secret_path = true;
  router.keep("GET", "/ping/{key}", std::move(secret));
  const auto place = [&](Head of) {
    const Router::Found one = router.find(of);
    if (!one.answer || one.answer->status != 308) return std::string("none");
    return one.answer->headers.at(0).second;
  };
  Head asked = head("GET", "/builds/");
  asked.query = "branch=main";
  EXPECT_EQ(place(asked), "../builds?branch=main");
  EXPECT_EQ(place(head("HEAD", "/b/a%2Fb/")), "../a%2Fb");
  EXPECT_EQ(place(head("GET", "/builds//")), "none");
  EXPECT_EQ(found(router, head("GET", "/nonesuch/")), -404);
  EXPECT_EQ(found(router, head("GET", "/ping/hush/")), -404) << "a secret is no part of an answer";
  EXPECT_EQ(found(router, head("POST", "/ingest/")), -404);
  EXPECT_EQ(found(router, head("GET", "/")), -404);
}

TEST(Router, RoutesComeAndGo) {
  auto router = std::make_unique<Router>();
  auto first = router->add("POST", "/telegram1:abc", route(1));
  EXPECT_EQ(found(*router, head("POST", "/telegram1:abc")), 1);
  auto second = router->add("POST", "/telegram1:abc", route(2));
  EXPECT_EQ(found(*router, head("POST", "/telegram1:abc")), 2) << "a reload: the new bot takes it over";
  first.reset();
  EXPECT_EQ(found(*router, head("POST", "/telegram1:abc")), 2);
  second.reset();
  EXPECT_EQ(found(*router, head("POST", "/telegram1:abc")), -404);
  const auto pattern = router->add("GET", "/a/{b}", route(3));
  router.reset();  // a handle may outlive it
}

TEST(Router, SomebodyMayAnswerWhatNoRouteTakes) {
  Router router;
  router.keep("GET", "/page", route(1));
  auto lost = router.answer_lost([](int status, std::string_view why, const Head& of) {
    Response response = error_response(status, why);
    response.body = of.path + ": " + std::string(why);
    return response;
  });
  Head asked = head("GET", "/nonesuch");
  EXPECT_EQ(router.find(asked).answer->body, "/nonesuch: not found");
  asked = head("PUT", "/page");
  const auto refused = router.find(asked);
  EXPECT_EQ(refused.answer->body, "/page: use GET, HEAD");
  EXPECT_EQ(refused.answer->headers.at(0).first, "Allow");
  lost.reset();
  EXPECT_EQ(router.find(asked).answer->body, error_response(405, "use GET, HEAD").body);
}

class CountingGuard : public Guard {
 public:
  std::optional<Response> before(const Head& of) override {
    if (of.address == "shut out") return busy_response(429, "too many", std::chrono::seconds(3));
    return std::nullopt;
  }
  Response nobody_admits(const Head& of) override {
    ++wrong;
    told = of.path + " " + of.authorization;
    return error_response(401, "who are you?");
  }
  int wrong = 0;
  std::string told;
};

TEST(Router, AGuardIsNotToldOfASecretPath) {
  CountingGuard guard;
  Router router(&guard);
  Route secret = route(1);
  secret.secret_path = true;
  secret.admits = [](const Head& of) { return of.path == "/ping/right/x"; };
  router.keep("GET", "/ping/{key}/{slug}", std::move(secret));
  EXPECT_EQ(found(router, head("GET", "/ping/right/x")), 1);
  EXPECT_EQ(found(router, head("GET", "/ping/wrong/x", "B")), -401);
  EXPECT_EQ(guard.told, "/ping/{key}/{slug} wrong");
}

TEST(Router, OfSeveralWithOnePathTheOneThatAdmitsAnswers) {
  CountingGuard guard;
  Router router(&guard);
  router.keep("POST", "/ingest", route(9));
  EXPECT_EQ(found(router, head("POST", "/ingest")), 9) << "nobody has a token";
  const auto a = router.add("POST", "/ingest", route(1, with("A")));
  auto b = router.add("POST", "/ingest", route(2, with("B")));
  EXPECT_EQ(found(router, head("POST", "/ingest", "A")), 1);
  EXPECT_EQ(found(router, head("POST", "/ingest", "B")), 2);
  EXPECT_EQ(guard.wrong, 0);
  EXPECT_EQ(found(router, head("POST", "/ingest", "C")), -401);
  EXPECT_EQ(guard.wrong, 1);
  Head guesser = head("POST", "/ingest", "A");
  guesser.address = "shut out";
  EXPECT_EQ(found(router, guesser), -429) << "whatever it shows";
  b.reset();
  EXPECT_EQ(found(router, head("POST", "/ingest", "B")), -401);
}

}  // namespace
}  // namespace carillon::web
