// Roles, files of accounts, and passwords.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "access/htpasswd.hpp"
#include "access/password_hash.hpp"
#include "access/passwords.hpp"
#include "access/roles.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"

namespace carillon::access {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

settings::WebAccess roles_access() {
  settings::WebAccess access;
  access.roles = {{"viewer", {"*"}}, {"operator", {"group:ci", "alice"}}, {"admin", {"bob", "group:ops"}}};
  return access;
}

TEST(RolesTest, TheHighestCounts) {
  const Roles roles(roles_access(), Role::none);
  EXPECT_EQ(roles.anonymous(), Role::none);
  EXPECT_EQ(roles.of("carol", {}), Role::viewer);
  EXPECT_EQ(roles.of("alice", {}), Role::operator_);
  EXPECT_EQ(roles.of("carol", {"x", "ci"}), Role::operator_);
  EXPECT_EQ(roles.of("alice", {"ops"}), Role::admin);
  EXPECT_EQ(roles.of("Bob", {}), Role::viewer) << "names are as they are written";
}

TEST(RolesTest, ANameIsNoGroup) {
  const Roles roles(roles_access(), Role::none);
  EXPECT_EQ(roles.of("group:ops", {}), Role::viewer);
  EXPECT_EQ(roles.of("ops", {}), Role::viewer);
  EXPECT_EQ(roles.of("carol", {"bob"}), Role::viewer);
}

TEST(RolesTest, WhatIsNotSaid) {
  EXPECT_EQ(Roles({}, Role::viewer).anonymous(), Role::viewer);
  EXPECT_EQ(Roles({}, Role::none).of("carol", {}), Role::viewer);
  settings::WebAccess closed;
  closed.anonymous = "none";
  EXPECT_EQ(Roles(closed, Role::viewer).anonymous(), Role::none);
  settings::WebAccess few;
  few.anonymous = "feeds";
  few.roles = {{"operator", {"alice"}}};
  EXPECT_EQ(Roles(few, Role::none).of("carol", {}), Role::feeds) << "at least what all may";
}

TEST(HtpasswdTest, GoodKinds) {
  const Accounts accounts = parse_accounts(
      "# people\n\nalice:$y$j9T$abc$def\r\n"
      "bob:$2y$05$abcdefghijklmnopqrstuv\ncarol:$6$salt$hash:uid:gecos\nd.e@f g:$5$x$y");
  EXPECT_THAT(accounts.complaints, IsEmpty());
  EXPECT_THAT(accounts.hashes,
              ElementsAre(testing::Pair("alice", "$y$j9T$abc$def"),
                          testing::Pair("bob", "$2y$05$abcdefghijklmnopqrstuv"),
                          testing::Pair("carol", "$6$salt$hash"), testing::Pair("d.e@f g", "$5$x$y")));
}

TEST(HtpasswdTest, BadLinesAreToldAndLeftOut) {
  const std::pair<const char*, const char*> lines[] = {
      {"alice:$apr1$abc$defghi",
       "1: alice: the password is hashed with MD5, which is guessed fast; make a line "
       "with `carillon user hash NAME`"},
      {"alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "1: alice: the password is hashed with SHA-1"},
      {"alice:geheim42", "1: alice: the password stands there in clear, or is hashed with DES"},
      {"alice:!$6$x$y", "is locked"},
      {"alice:", "in clear"},
      {"alice:$9$x", "in a way that is not known here"},
      {"alice", "1: there is no ':'"},
      {":$6$x$y", "1: what stands before the ':' is not a name"},
      {" alice:$6$x$y", "is not a name"},
      {"alice:$6$x y$z", "not known here"},
  };
  for (const auto& [line, told] : lines) {
    const Accounts accounts = parse_accounts(line);
    EXPECT_THAT(accounts.hashes, IsEmpty()) << line;
    EXPECT_THAT(accounts.complaints, ElementsAre(HasSubstr(told))) << line;
    EXPECT_THAT(accounts.complaints[0], testing::Not(HasSubstr("geheim"))) << "no password is shown";
  }
  const Accounts twice = parse_accounts("a:$6$x$1\na:$6$x$2\n");
  EXPECT_EQ(twice.hashes.at("a"), "$6$x$1");
  EXPECT_THAT(twice.complaints, ElementsAre("2: a: comes twice; the first line counts"));
}

TEST(PasswordHashTest, MatchesWhatOthersMake) {
  for (const char* hash : {"$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.",
                           "$2y$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.",
                           "$6$rounds=1000$saltsalt$vqVEzhF1x7x2p0VCWCzOM1GGIpJ62KqdREyqdHXfkzvqLwi."
                           "vIVwX0AcTW9cDubiR4wA.zOlJTle4lioqe99c1",
                           "$5$rounds=1000$saltsalt$TWdBOWiYhmVJkQgbrDSNb2rxBkKSiutz24Rm5ti0vID",
                           "$y$j75$saltsalt$xzQI8Ds9w3qse/SU7AFfmsM2IV7zslaKjGzil/jkpa6"}) {
    EXPECT_TRUE(has_hash("geheim", hash)) << hash;
    EXPECT_FALSE(has_hash("geheimer", hash)) << hash;
  }
  const std::string made = hash_of("geheim");
  EXPECT_THAT(made, testing::StartsWith("$y$"));
  EXPECT_TRUE(has_hash("geheim", made));
  EXPECT_FALSE(has_hash("geheim ", made));
  EXPECT_FALSE(has_hash("", made));
  EXPECT_NE(hash_of("geheim"), made) << "each has its own salt";
}

TEST(PasswordHashTest, WhatIsNoHashMatchesNothing) {
  for (const char* hash : {"", "*0", "*1", "$y$", "$9$x$y", "geheim"})
    EXPECT_FALSE(has_hash("geheim", hash)) << hash;
}

TEST(PasswordHashTest, WhatCanBeAPassword) {
  EXPECT_TRUE(can_be_password("geheim"));
  EXPECT_TRUE(can_be_password(std::string(511, 'x')));
  EXPECT_FALSE(can_be_password(""));
  EXPECT_FALSE(can_be_password(std::string(512, 'x')));
  EXPECT_FALSE(can_be_password(std::string("a\0b", 3)));
  EXPECT_FALSE(can_be_password("a\nb"));
  const std::string made = hash_of("a");
  EXPECT_FALSE(has_hash(std::string("a\0b", 3), made)) << "what follows NUL counts, too";
}

class PasswordsTest : public testing::Test {
 protected:
  void write(const std::string& text) const {
    const std::string next = folder_.file("next");
    std::ofstream(next) << text;
    std::filesystem::rename(next, file_);
  }
  Passwords::Answer check(const std::shared_ptr<Passwords>& passwords, const std::string& user,
                          const std::string& password) {
    return test::run(io_, passwords->check(user, password));
  }
  std::shared_ptr<Passwords> open() { return Passwords::open(file_, workers_, log_); }

  asio::io_context io_;
  asio::thread_pool workers_{2};
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  test::TempDir folder_;
  std::string file_ = folder_.file("users");
  std::string alice_ = "alice:" + hash_of("geheim") + "\n";
};

TEST_F(PasswordsTest, AccountsOfTheFile) {
  write(alice_);
  const auto passwords = open();
  EXPECT_EQ(check(passwords, "alice", "geheim"), Passwords::Answer::right);
  EXPECT_EQ(check(passwords, "alice", "geheimer"), Passwords::Answer::wrong);
  EXPECT_EQ(check(passwords, "bob", "geheim"), Passwords::Answer::wrong) << "though it is alice's";
  EXPECT_NE(passwords->mark_of("alice"), "");
  EXPECT_EQ(passwords->mark_of("bob"), "");
}

TEST_F(PasswordsTest, AChangedFileIsReadAnew) {
  write(alice_);
  const auto passwords = open();
  const std::string mark = passwords->mark_of("alice");
  write("bob:" + hash_of("other") + "\nalice:" + hash_of("new") + "\n");
  EXPECT_EQ(check(passwords, "bob", "other"), Passwords::Answer::right);
  EXPECT_EQ(check(passwords, "alice", "geheim"), Passwords::Answer::wrong);
  EXPECT_NE(passwords->mark_of("alice"), mark);
  std::filesystem::remove(file_);
  EXPECT_EQ(check(passwords, "bob", "other"), Passwords::Answer::wrong) << "no file, no accounts";
  EXPECT_EQ(passwords->mark_of("bob"), "");
}

TEST_F(PasswordsTest, IsWatched) {
  write(alice_);
  const auto passwords = open();
  passwords->watch(io_.get_executor());
  write("bob:" + hash_of("other") + "\n");
  EXPECT_TRUE(test::run_until(io_, [&] { return !passwords->mark_of("bob").empty(); }));
}

TEST_F(PasswordsTest, TooManyAtOnceAreRefused) {
  write(alice_);
  const auto passwords = open();
  int right = 0;
  int busy = 0;
  constexpr int count = Passwords::most_waiting + 5;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(io_, passwords->check("alice", "geheim"), [&](const std::exception_ptr&, auto answer) {
      ++(answer == Passwords::Answer::right ? right : busy);
    });
  }
  EXPECT_TRUE(test::run_until(io_, [&] { return right + busy == count; }));
  EXPECT_EQ(right, Passwords::most_waiting);
  EXPECT_EQ(busy, 5);
}

TEST_F(PasswordsTest, AnUnknownUserTakesAsLong) {
  write(alice_);
  const auto passwords = open();
  const auto time = [&](const std::string& user) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i)
      check(passwords, user, "wrong");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double known = time("alice");
  EXPECT_GT(time("nobody") / known, 0.2);
  write("");
  EXPECT_EQ(check(passwords, "nobody", "wrong"), Passwords::Answer::wrong);
  EXPECT_GT(time("nobody") / known, 0.2) << "also when there is nobody at all";
}

TEST_F(PasswordsTest, Complaints) {
  EXPECT_THAT(Passwords::complaints_of(file_), ElementsAre(HasSubstr("users: cannot read it: No such file")));
  write("");
  EXPECT_THAT(Passwords::complaints_of(file_), ElementsAre(HasSubstr("users: there is no account in it")));
  write(alice_ + "bob:clear\n");
  EXPECT_THAT(Passwords::complaints_of(file_), ElementsAre(HasSubstr("users:2: bob: the password stands")));
  write(alice_);
  EXPECT_THAT(Passwords::complaints_of(file_), IsEmpty());
}

}  // namespace
}  // namespace carillon::access
