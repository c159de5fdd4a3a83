#include <gmock/gmock.h>

#include "dashboard/request_view.hpp"
#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

class ViewsTest : public SiteTest {
 protected:
  void be(access::Role role) { access_.known = {role, "bob", "127.0.0.1", true, "t"}; }
  void send_mail(const char* type, const char* text) {
    request_ = {
        {"how", "SMTP to relay:25, from ci@example.org for dev@example.org"},
        {"form", "mail"},
        {"content", "..."},
        {"mail",
         json::parse(
             R"({"headers": [["Subject", "L\u00e4uft"]], "attachments": [{"name": "a.log", "size": 3}]})")},
        {"size", 3},
        {"cut", false}};
    json::object& mail = request_["mail"].as_object();
    mail["type"] = type;
    mail["text"] = text;
  }
  std::string at_ = "/deliveries/" + std::to_string(heard(1));
};

TEST_F(ViewsTest, ADeliveryShowsItsRequestToOperatorsOnly) {
  const std::string page = get(at_).body;
  EXPECT_THAT(page, HasSubstr("<code>POST https://h/x</code>, 7 bytes"));
  EXPECT_THAT(page, HasSubstr("{\n  &quot;a&quot;: 1\n}"));
  EXPECT_THAT(page, HasSubstr("curl -X POST"));
  EXPECT_EQ(api("deliveries/1/request").at("json"), json::parse(R"({"a": 1})"));
  EXPECT_THAT(std::string(api("deliveries/1/request").at("curl").as_string()),
              testing::StartsWith("curl -X POST \"https://h/x\" \\\n  -H 'Content-Type"));
  api("deliveries/99/request", 404);
  request_["cut"] = true;
  EXPECT_THAT(get(at_).body, HasSubstr("first 100 kB"));
  EXPECT_TRUE(api("deliveries/1/request").at("curl").is_null());
  be(access::Role::viewer);
  EXPECT_THAT(get(at_).body, HasSubstr("for the role operator"));
  EXPECT_THAT(get(at_).body, Not(HasSubstr("https://h/x")));
  api("deliveries/1/request", 403);
}

TEST_F(ViewsTest, AMailIsDecodedAndItsHtmlHasAPageOfItsOwn) {
  send_mail("text/html", "<p onclick=\"x()\">Hello</p><script>x()</script>");
  const std::string page = get(at_).body;
  EXPECT_THAT(page, HasSubstr("<dt>Subject</dt><dd>L\u00e4uft</dd>"));
  EXPECT_THAT(page, HasSubstr(R"(<iframe sandbox src="/bell)" + at_ + R"(/mail.html")"));
  EXPECT_THAT(page, HasSubstr("a.log, 3 bytes"));
  EXPECT_THAT(page, Not(HasSubstr("<script>x()")));
  EXPECT_THAT(page, Not(HasSubstr("curl")));
  const web::Response part = get(at_ + "/mail.html");
  EXPECT_THAT(part.body, HasSubstr("<script>x()"));
  EXPECT_THAT(header(part, "Content-Security-Policy"), HasSubstr("sandbox; default-src 'none'"));
  be(access::Role::viewer);
  EXPECT_EQ(get(at_ + "/mail.html").status, 403);
}

TEST_F(ViewsTest, AMailWithoutHtmlIsText) {
  send_mail("text/plain", "Hello <you>");
  EXPECT_THAT(get(at_).body, HasSubstr(R"(<pre tabindex="0">Hello &lt;you&gt;</pre>)"));
  EXPECT_EQ(get(at_ + "/mail.html").status, 404);
}

TEST_F(ViewsTest, APreviewSaysWhetherAndWhatWouldBeTold) {
  json::object one = request_;
  one["target"] = "https://h/x";
  one["summary"] = "build #1 of linux: failure";
  preview_->emplace("deliveries", json::array{one});
  preview_->emplace("notes", json::array{"the logs cannot be fetched"});
  EXPECT_THAT(get("/b/linux/1").body, HasSubstr("/bell/b/linux/1/preview/mail?source=ci&amp;event=finished"));
  const std::string page = get("/b/linux/1/preview/mail?source=ci&event=finished").body;
  EXPECT_EQ(previewed_, "builds/1/finished");
  for (const char* words : {"would be told: mode failing", "the logs cannot be fetched", "to https://h/x",
                            "build #1 of linux: failure", "&quot;a&quot;: 1"})
    EXPECT_THAT(page, HasSubstr(words));
  EXPECT_EQ(api("b/linux/1/preview/mail?event=new").at("deliveries").at(0).at("content"), R"({"a":1})");
  EXPECT_EQ(previewed_, "builds/1/new");
  be(access::Role::viewer);
  EXPECT_THAT(get("/b/linux/1/preview/mail").body, Not(HasSubstr("&quot;a&quot;")));
  const json::value seen = api("b/linux/1/preview/mail").at("deliveries").at(0);
  EXPECT_FALSE(seen.as_object().contains("content"));
  EXPECT_FALSE(seen.as_object().contains("json"));
  EXPECT_EQ(seen.at("size"), 7);
}

TEST_F(ViewsTest, APreviewsMailHasItsHtmlForOperators) {
  send_mail("text/html", "<p>Hello</p>");
  preview_->emplace("deliveries", json::array{request_});
  EXPECT_THAT(get("/b/linux/1/preview/mail?source=ci").body,
              HasSubstr("/bell/b/linux/1/preview/mail/mail.html?source=ci&amp;delivery=0"));
  EXPECT_EQ(get("/b/linux/1/preview/mail/mail.html?delivery=0").body, "<p>Hello</p>");
  EXPECT_EQ(get("/b/linux/1/preview/mail/mail.html?delivery=1").status, 404);
  EXPECT_EQ(get("/b/linux/1/preview/mail/mail.html?delivery=x").status, 400);
  be(access::Role::viewer);
  EXPECT_EQ(get("/b/linux/1/preview/mail/mail.html?delivery=0").status, 403);
}

TEST_F(ViewsTest, APreviewThatCannotBeMadeSaysWhy) {
  EXPECT_EQ(get("/b/linux/9/preview/mail").status, 404);
  EXPECT_EQ(get("/b/linux/latest/preview/mail").status, 404);
  EXPECT_EQ(get("/b/linux/1/preview/mail?event=x").status, 400);
  EXPECT_EQ(get("/b/linux/1/preview/mail?event=buildset").status, 404);
  preview_ = rejected("There is no reporter 'x'.");
  EXPECT_THAT(get("/b/linux/1/preview/x").body, HasSubstr("There is no reporter"));
  api("b/linux/1/preview/x", 404);
  preview_ = throttled("too many previews at once", std::chrono::seconds(5));
  EXPECT_EQ(get("/b/linux/1/preview/x").status, 503);
  api("b/linux/1/preview/x", 503);
}

TEST_F(ViewsTest, TheGridHasBuildersByRevisions) {
  const auto built = [&](int number, const char* branch, const char* revision, Millis at) {
    store::NewEvent made = store::build_event(number, Results::failure, branch);
    Event event = *made.event;
    event.at = at;
    event.body["buildset"].as_object()["sourcestamps"].as_array().front().as_object()["revision"] = revision;
    event.text = std::make_shared<const ObjectText>(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    std::vector<store::NewEvent> events;
    events.push_back(std::move(made));
    accept(std::move(events));
  };
  EXPECT_THAT(get("/grid").body, HasSubstr("None of the newest builds"));
  built(2, "main", "aaaaaaaabbbbbbbb", 2000);
  built(3, "stable", "cccccccc", 3000);
  built(4, "main", "aaaaaaaabbbbbbbb", 4000);
  const std::string page = get("/grid").body;
  EXPECT_LT(page.find(">aaaaaaaa<"), page.find(">cccccccc<"));
  EXPECT_THAT(page, HasSubstr(R"(title="#4 failure, aaaaaaaa")"));
  EXPECT_THAT(page, Not(HasSubstr("#2 failure")));
  const json::value grid = api("grid?branch=stable");
  EXPECT_EQ(grid.at("revisions").as_array().size(), 1U);
  EXPECT_EQ(grid.at("revisions").at(0).at("revision"), "cccccccc");
  EXPECT_EQ(grid.at("builders").at(0).at("builds").at(0).at("number"), 3);
  EXPECT_EQ(api("grid").at("revisions").at(0).at("at"), 4000);
}

TEST_F(ViewsTest, TheConfigurationIsForAdmins) {
  configuration_["loaded_at"] = 1'764'400'000'000;
  configuration_["settings"] = json::object{{"title", "Bell"}, {"www", nullptr}};
  configuration_["warnings"] = json::array{"carillon.cfg:3: not used"};
  configuration_["reporters"] = json::array{
      json::object{{"name", "mail"},
                   {"class", "MailNotifier"},
                   {"where", "carillon.cfg:7"},
                   {"arguments", json::object{{"fromaddr", "ci@example.org"}, {"smtpPassword", "***"}}}}};
  const std::string page = get("/config").body;
  for (const char* words : {"/etc/carillon.cfg", "not since the start", "carillon.cfg:3: not used",
                            "MailNotifier", "smtpPassword=&quot;***&quot;", "www</dt><dd>None"})
    EXPECT_THAT(page, HasSubstr(words));
  configuration_["reload"] = json::object{{"at", 1'764'400'000'000}, {"error", "carillon.cfg:1: <oh>"}};
  EXPECT_THAT(get("/config").body, HasSubstr("carillon.cfg:1: &lt;oh&gt;"));
  EXPECT_EQ(api("config").at("file"), "/etc/carillon.cfg");
  be(access::Role::operator_);
  EXPECT_EQ(get("/config").status, 403);
  api("config", 403);
}

TEST_F(ViewsTest, WherePrivacyIsWantedViewersSeeNoAddressOfOthers) {
  access_.privacy = true;
  Delivery mail = store::delivery("mail:alice@example.org");
  mail.target = "alice@example.org, bob@example.org";
  const RowId id = compose(accept_one(2), {mail}).front().id;
  const std::string at = "deliveries/" + std::to_string(id);
  EXPECT_THAT(get("/" + at).body, HasSubstr("alice@example.org"));
  access_.known = {access::Role::viewer, "bob@example.org", "127.0.0.1", true, "t"};
  for (const std::string& page :
       {"/" + at, std::string("/deliveries"), std::string("/b/linux/2"), "/api/v1/" + at,
        std::string("/api/v1/deliveries"), std::string("/api/v1/b/linux/2")}) {
    const std::string body = get(page).body;
    EXPECT_THAT(body, HasSubstr("a***@example.org, bob@example.org")) << page;
    EXPECT_THAT(body, Not(HasSubstr("alice@"))) << page;
  }
  EXPECT_THAT(get("/b/linux/2?who=alice@example.org").body, HasSubstr("was not told so far"));
  EXPECT_EQ(get("/deliveries?to=ali").status, 403);
  api("deliveries?to=ali", 403);
}

TEST_F(ViewsTest, WhoMayNotReadABuildersNameIsLedToItAllTheSame) {
  access_.privacy = true;
  heard_of("alice@example.org", 7);
  be(access::Role::viewer);
  std::string seen;
  const auto see = [&](const std::string& target) {
    const web::Response response = get(target);
    seen += response.body + header(response, "Location");
    return response;
  };
  // What stands between the two in a text.
  const auto between = [](const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from) + from.size();
    return text.find(from) == std::string::npos ? "nothing"
                                                : text.substr(begin, text.find(to, begin) - begin);
  };
  const std::string alias = between(see("/builds").body, "/bell/b/", "\"");
  EXPECT_THAT(alias, testing::StartsWith("~"));
  for (const std::string& page : {"/b/" + alias, "/b/" + alias + "/7", "/builds?builder=" + alias,
                                  "/api/v1/b/" + alias + "/7", "/badge/" + alias + ".json"})
    EXPECT_EQ(see(page).status, 200) << page;
  EXPECT_THAT(see("/b/" + alias).body, HasSubstr("#7"));
  EXPECT_EQ(see("/b/" + alias + "/8").status, 404);
  EXPECT_EQ(see("/b/" + alias + "/latest").status, 302);
  see("/b/" + alias + "/latest?result=success");
  see("/api/v1/b/" + alias + "/8");
  see("/?unhappy");
  see("/grid");
  const std::string project = see("/cc.xml").body;
  EXPECT_THAT(project, HasSubstr("name=\"a***@example.org\""));
  EXPECT_THAT(between(project, "webUrl=\"", "\""), testing::EndsWith("/bell/b/" + alias + "/7"));
  EXPECT_THAT(see("/feed.atom").body, HasSubstr("build/ci/" + alias + "/7/1"));
  EXPECT_THAT(see("/b/" + alias + "/7?who=" + alias).body, Not(HasSubstr("alice")));
  EXPECT_THAT(seen, Not(HasSubstr("alice")));
  be(access::Role::operator_);
  EXPECT_THAT(get("/b/" + alias + "/7").body, HasSubstr("alice@example.org")) << "who was sent the link";
}

TEST(Curl, HasATokenInPlaceOfSecrets) {
  EXPECT_EQ(
      curl_of({{"how", "POST https://h/x?k=***"}, {"form", "text"}, {"content", "it's"}, {"cut", false}}),
      "curl -X POST \"https://h/x?k=$TOKEN\" \\\n  --data-binary 'it'\\''s'");
  EXPECT_EQ(curl_of({{"how", "POST https://hooks.slack.com/..."}, {"form", "json"}, {"content", "{}"}}),
            "curl -X POST \"https://hooks.slack.com/$TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n"
            "  --data-binary '{}'");
  EXPECT_EQ(curl_of({{"how", "GET http://h/$(x)`y`\""}, {"form", "text"}, {"content", ""}}),
            "curl -X GET \"http://h/\\$(x)\\`y\\`\\\"\"");
  EXPECT_EQ(curl_of({{"how", "said to #dev at irc"}, {"content", "x"}}), "");
  EXPECT_EQ(curl_of({{"how", "POST file:///etc"}, {"content", "x"}}), "");
}

}  // namespace
}  // namespace carillon::dashboard
