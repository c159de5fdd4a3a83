// What python/sources.py adds to the configuration: util.Check, util.Hmac, sources.Generic's mappings.
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using settings::Dict;
using testing::HasSubstr;

class SourcesTest : public ScriptTest {
 protected:
  SourcesTest() {
    settings::Schema generic;
    generic.name = "Generic";
    generic.arguments = {Argument{.name = "token", .types = {Type::any}},
                         Argument{.name = "mapping", .types = {Type::any}}};
    options_.sources.push_back(generic);
  }

  // The mapping of the one source, as it arrives.
  const Dict& mapping(const std::string& source) {
    load("c['sources'] = [" + source + "]");
    const settings::Call& call = configuration_.sources.at(0);
    const settings::Value& value =
        call.keywords.empty() ? call.positional.at(1) : call.keywords.back().second;
    return *value.as<Dict>();
  }
  static const settings::Value& member(const Dict& dict, std::string_view name) {
    for (std::size_t i = 0; i < dict.keys.size(); ++i) {
      const auto* key = dict.keys[i].as<std::string>();
      if (key != nullptr && *key == name) return dict.values[i];
    }
    throw std::out_of_range(std::string(name));
  }
};

TEST_F(SourcesTest, PlainPlacesStayAndOtherTemplatesAreCalled) {
  const Dict& made = mapping(
      "sources.Generic('t', {'id': '$.id', 'builder': '{{ body.repo }}/{{ body.jobs[0][\"x y\"] }}', "
      "'branch': '{{ body.ref | default(\"main\") }}', 'steps': {'name': '{% if body %}x{% endif %}'}})");
  EXPECT_EQ(*member(made, "id").as<std::string>(), "$.id");
  EXPECT_EQ(*member(made, "builder").as<std::string>(), R"({{ body.repo }}/{{ body.jobs[0]["x y"] }})");
  const auto* called = member(made, "branch").as<settings::ObjectPtr>();
  ASSERT_NE(called, nullptr);
  EXPECT_TRUE((*called)->is(settings::Role::callable));
  EXPECT_EQ(ScriptTest::called(*called, "", {json::object{{"ref", "dev"}}}), R"("dev")");
  EXPECT_EQ(ScriptTest::called(*called, "", {json::object{}}), R"("main")");
  EXPECT_NE(member(*member(made, "steps").as<Dict>(), "name").as<settings::ObjectPtr>(), nullptr);
}

TEST_F(SourcesTest, AFunctionIsCalledWithTheBody) {
  const Dict& made = mapping("sources.Generic('t', mapping={'id': lambda body: body['a'] + 1})");
  const auto* called = member(made, "id").as<settings::ObjectPtr>();
  ASSERT_NE(called, nullptr);
  EXPECT_EQ(ScriptTest::called(*called, "", {json::object{{"a", 6}}}), "7");
  EXPECT_THAT(ScriptTest::called(*called, "", {json::object{}}), HasSubstr("master.cfg:5: KeyError: 'a'"));
}

TEST_F(SourcesTest, ASlipInATemplateIsToldWithItsPlace) {
  EXPECT_EQ(error_of("c['sources'] = [sources.Generic('t', mapping={'id': '{{ body. }}'})]"),
            "master.cfg:5: mapping['id']:1: template syntax error: expected name or number");
}

TEST_F(SourcesTest, MappingsOfKnownSendersAreThere) {
  for (const char* name : {"argo", "spinnaker", "datadog"}) {
    const Dict& made = mapping("sources.Generic('t', mapping=sources.Generic." + std::string(name) + ")");
    EXPECT_FALSE(member(made, "id").is_none()) << name;
    EXPECT_FALSE(member(made, "results").is_none()) << name;
  }
  EXPECT_EQ(*member(mapping("sources.Generic('t', mapping={**sources.Generic.argo, 'id': '$.x'})"), "id")
                 .as<std::string>(),
            "$.x");
}

TEST_F(SourcesTest, AWrongNameOfAMappingIsToldWithTheRightOne) {
  EXPECT_THAT(error_of("sources.Generic('t', mapping=sources.Generic.argoo)"),
              HasSubstr("master.cfg:5: sources.Generic has no 'argoo'; did you mean 'argo'?"));
  EXPECT_THAT(error_of("sources.Generic('t', mapping=sources.Generic.nonesuch)"),
              HasSubstr("sources.Generic has no 'nonesuch'; there is argo, datadog, spinnaker"));
}

TEST_F(SourcesTest, ChecksAndSignaturesAreValues) {
  const Dict& made =
      mapping("sources.Generic('t', mapping={'a': util.Check('1d', grace='2h'), 'b': util.Hmac('X-Sign')})");
  EXPECT_EQ(*member(*member(made, "a").as<Dict>(), "every").as<std::string>(), "1d");
  EXPECT_EQ(*member(*member(made, "a").as<Dict>(), "grace").as<std::string>(), "2h");
  EXPECT_EQ(*member(*member(made, "b").as<Dict>(), "algo").as<std::string>(), "sha256");
  EXPECT_THAT(error_of("util.Check(evry='1d')"), HasSubstr("master.cfg:5: TypeError: "));
}

}  // namespace
}  // namespace carillon::script
