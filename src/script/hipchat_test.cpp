// The methods of HipChatStatusPush, as Python sees them.
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

class HipchatMethodsTest : public ScriptTest {
 protected:
  HipchatMethodsTest() {
    settings::Schema schema;
    schema.name = "HipChatStatusPush";
    schema.aliases = {"HipchatStatusPush"};
    schema.modules = {"buildbot.reporters.hipchat"};
    schema.methods = {"getRecipientList", "getMessage", "getExtraParams"};
    for (const char* name : {"auth_token", "endpoint", "builder_room_map", "builder_user_map"})
      schema.arguments.push_back(Argument{.name = name, .types = {Type::any}});
    options_.reporters.push_back(schema);
  }

  settings::ObjectPtr self_of(const std::string& body) { return load(body).services.at(0).self; }

  static json::array event(const char* name, json::value results) {
    return {json::value{{"builder", {{"name", "linux"}}}, {"url", "http://ci/3"}, {"results", results}},
            name};
  }
};

TEST_F(HipchatMethodsTest, TheManualsExampleLoads) {
  const auto self = self_of(R"(
from buildbot.reporters.hipchat import HipChatStatusPush
class MyHipchatStatusPush(HipChatStatusPush):
    name = "MyHipchatStatusPush"

    # send all messages to the same room
    def getRecipientList(self, build, event_name):
        return {
            'room_id_or_name': 'AllBuildNotifications'
        }

    # only send notifications on finished events
    def getMessage(self, build, event_name):
        event_messages = {
            'finished': 'Build finished.'
        }
        return event_messages.get(event_name, '')

    # color notifications based on the build result
    # and alert room on build failure
    def getExtraParams(self, build, event_name):
        result = {}
        if event_name == 'finished':
            result['color'] = 'green' if build['results'] == 0 else 'red'
            result['notify'] = (build['results'] != 0)
        return result
c['services'].append(MyHipchatStatusPush('token'))
)");
  ASSERT_NE(self, nullptr);
  EXPECT_TRUE(self->overrides("getRecipientList") && self->overrides("getMessage") &&
              self->overrides("getExtraParams"));
  EXPECT_EQ(called(self, "getMessage", event("new", nullptr)), R"("")");
  EXPECT_EQ(called(self, "getExtraParams", event("finished", 2)), R"({"color":"red","notify":true})");
}

TEST_F(HipchatMethodsTest, DefaultsCanBeCalled) {
  const auto self = self_of(R"(
from twisted.internet import defer
class Mine(reporters.HipchatStatusPush):
    def getRecipientList(self, build, event_name):
        return super().getRecipientList(build, event_name)
    def getMessage(self, build, event_name):
        return super().getMessage(build, event_name) + '!'
    @defer.inlineCallbacks
    def getExtraParams(self, build, event_name):
        params = yield super().getExtraParams(build, event_name)
        params['notify'] = True
        return params
c['services'].append(Mine('token', None, {'linux': 7}, builder_user_map={'linux': 'ann', 'other': 'bob'}))
)");
  EXPECT_EQ(called(self, "getRecipientList", event("new", nullptr)),
            R"({"id_or_email":"ann","room_id_or_name":7})");
  EXPECT_EQ(called(self, "getMessage", event("new", nullptr)),
            R"("Buildbot started build linux here: http://ci/3!")");
  EXPECT_EQ(called(self, "getMessage", event("finished", 4)),
            R"("Buildbot finished build linux with result exception here: http://ci/3!")");
  EXPECT_EQ(called(self, "getMessage", event("else", 4)), R"("!")");
  EXPECT_EQ(called(self, "getExtraParams", event("finished", 0)), R"({"notify":true})");
}

TEST_F(HipchatMethodsTest, OnlyWhatIsOverriddenCounts) {
  const auto self = self_of(R"(
class Mine(reporters.HipChatStatusPush):
    def getMessage(self, build, event_name):
        return ''
c['services'].append(Mine('token'))
)");
  EXPECT_TRUE(self->overrides("getMessage"));
  EXPECT_FALSE(self->overrides("getRecipientList"));
  EXPECT_EQ(called(self, "getRecipientList", event("new", nullptr)), "{}");
}

}  // namespace
}  // namespace carillon::script
