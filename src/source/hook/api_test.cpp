#include "source/hook/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A CI whose projects and lists answer as they are told to.
class RefusingApi final : public Api {
 public:
  std::map<std::string, Failure> failures;
  std::map<std::string, std::vector<std::string>> lists;
  std::vector<std::string> asked;
  bool token_is_good = false;

  Task<std::vector<Run>> changed_since(std::int64_t since, const std::set<std::string>& projects) override {
    auto looked = co_await look_at_each(
        projects, since,
        [this](const std::string& project, std::int64_t from) { return look(project, from); }, token_is_good);
    if (!looked) co_return failed(looked);
    co_return std::vector<Run>();
  }
  Task<std::set<std::string>> which(Repositories wanted, std::set<std::string> heard) {
    co_return co_await projects_of(wanted, heard,
                                   {.is_project = is_repository,
                                    .paths = forge_lists,
                                    .list = [this](const std::string& path) { return list(path); }});
  }
  void list_is_cut() { remark_cut("acme/a", 0, 60); }

  Task<std::optional<Run>> run(const std::string&, const std::string&) override { co_return std::nullopt; }
  Task<void> complete(Run&) override { co_return ok(); }
  Task<std::string> log(const std::string&, const std::string&, std::size_t) override {
    co_return rejected("none");
  }

 private:
  Task<void> look(std::string project, std::int64_t since) {
    asked.push_back(project + " " + std::to_string(since));
    const auto failure = failures.find(project);
    if (failure != failures.end()) co_return failed(failure->second);
    co_return ok();
  }
  Task<Listed> list(std::string path) {
    asked.push_back(path);
    const auto failure = failures.find(path);
    if (failure != failures.end()) co_return failed(failure->second);
    Listed listed;
    for (const std::string& name : lists[path])
      listed.items.push_back(json::object{{"full_name", name}});
    co_return listed;
  }
};

class ApiTest : public testing::Test {
 protected:
  Result<std::vector<hook::Run>> look(std::int64_t since) {
    api_.asked.clear();
    return test::run(io_, api_.changed_since(since, {"acme/a", "acme/b", "acme/c"}));
  }
  static Failure refusal() { return {Failure::Kind::rejected, "HTTP 403", std::nullopt}; }
  static Failure outage() { return {Failure::Kind::unreachable, "HTTP 502", std::nullopt}; }

  asio::io_context io_;
  RefusingApi api_;
};

TEST_F(ApiTest, OneThatRefusesKeepsNobodyFromTheOthers) {
  api_.failures = {{"acme/a", refusal()}};
  ASSERT_TRUE(look(100));
  EXPECT_THAT(api_.asked, ElementsAre("acme/a 100", "acme/b 100", "acme/c 100"));
  EXPECT_THAT(api_.remarks(), ElementsAre("the API does not show acme/a: HTTP 403"));
  api_.failures.clear();
  ASSERT_TRUE(look(200));
  EXPECT_THAT(api_.asked, ElementsAre("acme/a 100", "acme/b 200", "acme/c 200"));
  EXPECT_THAT(api_.remarks(), IsEmpty());
  ASSERT_TRUE(look(300));
  EXPECT_THAT(api_.asked, ElementsAre("acme/a 300", "acme/b 300", "acme/c 300"));
}

TEST_F(ApiTest, WhereAllRefuseItIsTheToken) {
  api_.failures = {{"acme/a", refusal()}, {"acme/b", refusal()}, {"acme/c", refusal()}};
  EXPECT_EQ(look(100).error().what, "HTTP 403");
  api_.token_is_good = true;
  EXPECT_TRUE(look(100));
}

TEST_F(ApiTest, AnOutageStopsTheLook) {
  api_.failures = {{"acme/b", outage()}};
  EXPECT_EQ(look(100).error().what, "HTTP 502");
  EXPECT_THAT(api_.asked, ElementsAre("acme/a 100", "acme/b 100"));
}

TEST_F(ApiTest, ProjectsAreHeardNamedOrMeant) {
  api_.lists = {{"orgs/acme/repos", {"acme/one", "other/two", "acme/.."}},
                {"users/eve/repos", {"eve/app-1"}}};
  const auto found =
      test::run(io_, api_.which(std::vector<std::string>{"acme/*", "eve/app-*", "*/x", "bob/named"},
                                {"acme/heard", "mallory/unwanted"}));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre("acme/heard", "acme/one", "bob/named", "eve/app-1"));
  EXPECT_THAT(api_.asked, ElementsAre("orgs/acme/repos", "orgs/eve/repos", "users/eve/repos"));
}

TEST_F(ApiTest, AnOwnerThatRefusesIsSaid) {
  api_.failures = {{"orgs/acme/repos", refusal()}, {"users/acme/repos", refusal()}};
  const auto found = test::run(io_, api_.which(std::vector<std::string>{"acme/*", "bob/named"}, {}));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre("bob/named"));
  EXPECT_THAT(api_.remarks(), ElementsAre("the API does not list acme/*: HTTP 403"));
  EXPECT_FALSE(test::run(io_, api_.which(std::vector<std::string>{"acme/*"}, {}))) << "nothing is left";
  api_.failures = {{"orgs/acme/repos", outage()}};
  EXPECT_FALSE(test::run(io_, api_.which(std::vector<std::string>{"acme/*", "bob/named"}, {})));
}

TEST_F(ApiTest, AListThatIsCutIsSaid) {
  api_.list_is_cut();
  EXPECT_THAT(api_.remarks(),
              ElementsAre("the API lists more of acme/a than a look reads: what happened from "
                          "1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z was not looked at"));
}

}  // namespace
}  // namespace carillon::source::hook
