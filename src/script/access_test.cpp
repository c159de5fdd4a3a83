// What python/access.py reads of c['www'].
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

const std::string begin =
    "from carillon.plugins import www\n"
    "c['secretsProviders'] = [{'wall': 'w' * 20, 'oidc': 'o' * 20}]\n"
    "c['www'] = {'port': 8020, ";

class AccessTest : public ScriptTest {
 protected:
  const settings::WebAccess& access(const std::string& keys) {
    load(begin + keys + "}");
    return configuration_.access;
  }
  std::string mistake(const std::string& keys) { return error_of(begin + keys + "}"); }
};

TEST_F(AccessTest, NothingSaidIsNothing) {
  const settings::WebAccess& access = load("").access;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(access.auth));
  EXPECT_EQ(access.anonymous, std::nullopt);
  EXPECT_THAT(access.roles, IsEmpty());
  EXPECT_THAT(access.tokens, IsEmpty());
  EXPECT_EQ(configuration_.www_url, "");
}

TEST_F(AccessTest, AllOfIt) {
  const settings::WebAccess& found = access(
      "'url': 'https://bell.example.org/carillon', 'auth': www.Passwords('users', proxies=['127.0.0.1']), "
      "'roles': {'anonymous': 'feeds', 'admin': ['bob'], 'viewer': ['*'], 'operator': ('group:ci', "
      "'alice')}, "
      "'tokens': {'wall': ('viewer', util.Secret('wall'))}, 'proxies': ['127.0.0.1'], 'privacy': True, "
      "'badges': ['linux*']");
  EXPECT_EQ(configuration_.www_url, "https://bell.example.org/carillon/");
  EXPECT_THAT(found.where, testing::EndsWith("master.cfg:7"));
  const auto& passwords = std::get<settings::PasswordFile>(found.auth);
  EXPECT_THAT(passwords.file, testing::EndsWith("/users"));
  EXPECT_THAT(passwords.file, StartsWith("/"));
  EXPECT_THAT(passwords.proxies, ElementsAre("127.0.0.1/32"));
  EXPECT_EQ(found.anonymous, "feeds");
  EXPECT_THAT(found.roles, ElementsAre(Pair("viewer", ElementsAre("*")),
                                       Pair("operator", ElementsAre("group:ci", "alice")),
                                       Pair("admin", ElementsAre("bob"))));
  ASSERT_EQ(found.tokens.size(), 1U);
  EXPECT_EQ(found.tokens[0].name, "wall");
  EXPECT_EQ(found.tokens[0].role, "viewer");
  EXPECT_EQ(found.tokens[0].text.reveal(), std::string(20, 'w'));
  EXPECT_TRUE(found.privacy);
  EXPECT_THAT(configuration_.www_badges, ElementsAre("linux*"));
}

TEST_F(AccessTest, ForwardedUserAndOpenIdConnect) {
  const auto forwarded = std::get<settings::ForwardedUser>(
      access("'auth': www.ForwardedUser(groups='X-Forwarded-Groups', proxies=['10.0.0.0/8', '::1'])").auth);
  EXPECT_EQ(forwarded.header, "x-forwarded-user");
  EXPECT_EQ(forwarded.groups, "x-forwarded-groups");
  EXPECT_THAT(forwarded.proxies, ElementsAre("10.0.0.0/8", "::1/128"));
  const auto openid = std::get<settings::OpenIdConnect>(
      access("'url': 'https://bell.example.org', 'auth': www.OpenIDConnect(issuer='https://id.example.org/', "
             "client_id='carillon', client_secret=util.Secret('oidc'), groups='groups')")
          .auth);
  EXPECT_EQ(openid.issuer, "https://id.example.org/");
  EXPECT_EQ(openid.client_secret.reveal(), std::string(20, 'o'));
  EXPECT_EQ(openid.user, "preferred_username");
  EXPECT_EQ(openid.groups, "groups");
  EXPECT_THAT(openid.scopes, ElementsAre("openid", "profile", "email"));
}

TEST_F(AccessTest, SecretsInTheFileAreKnownToTheRedactor) {
  access("'tokens': {'wall': ('viewer', 'written-as-it-is-here')}");
  EXPECT_THAT(configuration_.secrets, testing::Contains(Secret("written-as-it-is-here")));
}

TEST_F(AccessTest, BuildbotsAuthMeansNothing) {
  EXPECT_TRUE(
      std::holds_alternative<std::monostate>(access("'auth': util.UserPasswordAuth({'a': 'b'})").auth));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(access("'auth': www.auth.NoAuth()").auth));
  EXPECT_THAT(configuration_.warnings, testing::Not(testing::Contains(HasSubstr("auth"))));
}

TEST_F(AccessTest, MistakesSayWhatToWrite) {
  const std::pair<std::string, std::string> mistakes[] = {
      {"'url': 'bell.example.org'",
       "c['www']: url must be an address such as 'https://bell.example.org/carillon/', "
       "not 'bell.example.org'"},
      {"'auth': 'htpasswd'",
       "c['www']: auth must be www.Passwords(...), www.ForwardedUser(...) or "
       "www.OpenIDConnect(...), not str"},
      {"'auth': www.Passwords",
       "c['www']: auth is the class www.Passwords itself; call it: www.Passwords(...)"},
      {"'auth': www.Passwords('')",
       "www.Passwords(file=...): must be a text such as '/etc/carillon/htpasswd'"},
      {"'auth': www.Password('x')", "did you mean 'Passwords'?"},
      {"'auth': www.ForwardedUser()",
       "www.ForwardedUser(proxies=...): is missing: anybody could send the header; "
       "write proxies=['127.0.0.1']"},
      {"'auth': www.ForwardedUser(proxies='127.0.0.1')",
       "www.ForwardedUser(proxies=...): must be a list of addresses such as ['127.0.0.1'], not str"},
      {"'auth': www.ForwardedUser(proxies=['all'])",
       "www.ForwardedUser(proxies=...): 'all' is not a network"},
      {"'auth': www.ForwardedUser(header='X User', proxies=['::1'])", "'X User' is not the name of a header"},
      {"'auth': www.OpenIDConnect('http://id.example.org', 'c')", "must be an https:// address"},
      {"'auth': www.OpenIDConnect('https://id.example.org', 'c')", "needs c['www']['url']"},
      {"'url': 'https://b.org', 'auth': www.OpenIDConnect('https://i.org', 'c', scopes='openid')",
       "www.OpenIDConnect(scopes=...): must be a list"},
      {"'roles': ['alice']", "roles must be a dictionary such as {'viewer': ['*']}, not list"},
      {"'roles': {'operater': ['alice']}", "roles: 'operater' is no role; did you mean 'operator'?"},
      {"'roles': {'anonymous': 'operator'}", "who acts has to show who it is"},
      {"'roles': {'viewer': ['*']}", "roles: nobody can be 'viewer' without 'auth'"},
      {"'auth': www.Passwords('u'), 'roles': {'viewer': 'alice'}",
       "roles['viewer'] must be a list of names, such as ['alice', 'group:ci'] or ['*']"},
      {"'auth': www.Passwords('u'), 'roles': {'viewer': ['group:']}", "'group:' is not a name"},
      {"'tokens': {'wall': 'x'}", "tokens['wall'] must be a role and a secret"},
      {"'tokens': {'wall': ('views', util.Secret('wall'))}", "its role must be one of feeds, viewer"},
      {"'tokens': {'wall': ('viewer', 'short')}", "`carillon token new --role viewer` makes one"},
      {"'tokens': {'a': ('viewer', util.Secret('wall')), 'b': ('admin', util.Secret('wall'))}",
       "tokens['b']: its secret is that of 'a', too; each needs its own"},
      {"'proxies': '127.0.0.1'", "proxies must be a list of addresses such as ['127.0.0.1']"},
      {"'proxies': ['all']", "proxies: 'all' is not a network"},
      {"'proxies': ['::1'], 'auth': www.ForwardedUser(proxies=['::1'])", "write them there"},
      {"'privacy': 'yes'", "privacy must be True or False, not 'yes'"},
      {"'badges': 'linux'", "badges must be a list of builders"},
  };
  for (const auto& [keys, text] : mistakes) {
    const std::string told = mistake(keys);
    EXPECT_THAT(told, StartsWith("master.cfg:7: ")) << keys;
    EXPECT_THAT(told, HasSubstr(text)) << keys;
  }
  EXPECT_THAT(error_of("c['www'] = {'privacy': True}"),
              HasSubstr("privacy needs a 'port': write 'port': 8020"));
}

TEST_F(AccessTest, SeveralMistakesAreToldAtOnce) {
  const std::string told = mistake("'url': 1, 'privacy': 2, 'tokens': 3");
  for (const char* text : {"url must", "privacy must", "tokens must"})
    EXPECT_THAT(told, HasSubstr(text));
}

TEST_F(AccessTest, NoMistakeShowsASecret) {
  EXPECT_THAT(mistake("'tokens': {'wall': ('nobody', 'my-precious-token')}"),
              testing::Not(HasSubstr("precious")));
  EXPECT_THAT(mistake("'tokens': {'wall': 'my-precious-token'}"), testing::Not(HasSubstr("precious")));
}

}  // namespace
}  // namespace carillon::script
