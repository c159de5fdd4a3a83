#include "source/buildbot/assembler.hpp"

#include <gmock/gmock.h>

namespace carillon::source::buildbot {
namespace {

Heard heard(std::string key, std::string_view message) {
  return {std::move(key), json::parse(message).get_object(), message.size()};
}

json::object object(std::string_view text) {
  return json::parse(text).get_object();
}

const json::object build =
    json::parse(R"({"buildid":7,"number":3,"builderid":2,"buildrequestid":11,"workerid":1,
    "masterid":1,"started_at":1700000000,"complete":false,"complete_at":null,"state_string":"starting","results":null,
    "properties":{}})")
        .get_object();

void learn_everything(Assembler& assembler) {
  assembler.learn(
      heard("buildrequests/11/new", R"({"buildrequestid":11,"buildsetid":5,"builderid":2,"claimed":false})"));
  assembler.learn(heard("buildsets/5/new",
                        R"({"bsid":5,"reason":"because","sourcestamps":[{"ssid":1,"branch":"main"}]})"));
  assembler.learn(heard("buildrequests/11/claimed",
                        R"({"buildrequestid":11,"buildsetid":5,"builderid":2,"claimed":true})"));
  assembler.learn(
      heard("builds/7/properties/update", R"({"workername":["bell-1","Worker"],"branch":["main","Build"]})"));
  assembler.learn_builder(object(R"({"builderid":2,"name":"pass","tags":["quick"]})"), 0);
  assembler.build_started(7);
}

TEST(Assembler, KnowsNothingAtFirst) {
  const Assembler assembler;
  const auto missing = assembler.missing(build, 0);
  EXPECT_EQ(missing.builder, 2);
  EXPECT_EQ(missing.buildrequest, 11);
  EXPECT_EQ(missing.properties, 7);
  EXPECT_EQ(missing.buildset, std::nullopt);
  EXPECT_FALSE(missing.nothing());
  EXPECT_EQ(assembler.compose(build, 0), build);
}

TEST(Assembler, PutsABuildTogetherFromAnnouncements) {
  Assembler assembler;
  learn_everything(assembler);
  EXPECT_TRUE(assembler.missing(build, 0).nothing());
  assembler.learn(heard("builds/7/properties/update", R"({"branch":["main","Build"],"got":[1,"step"]})"));
  const auto whole = assembler.compose(build, 0);
  EXPECT_EQ(string_at(whole, "builder.name"), "pass");
  EXPECT_EQ(find(whole, "buildrequest.claimed")->get_bool(), true);
  EXPECT_EQ(string_at(whole, "buildset.reason"), "because");
  EXPECT_EQ(array_at(whole, "buildset.sourcestamps")->size(), 1U);
  EXPECT_EQ(string_at(whole, "workername"), "bell-1");
  EXPECT_EQ(object_at(whole, "properties")->size(), 3U);
  EXPECT_EQ(integer_at(whole, "number"), 3);
}

TEST(Assembler, PropertiesAreIncompleteWhenTheirBeginningWasNotHeard) {
  Assembler assembler;
  learn_everything(assembler);
  assembler.build_done(7);
  assembler.learn(heard("builds/7/properties/update", R"({"got":[1,"step"]})"));
  EXPECT_EQ(assembler.missing(build, 0).properties, 7);
  assembler.learn_properties(7, object(R"({"branch":["main","Build"],"got":[1,"step"]})"), 50);
  EXPECT_EQ(assembler.missing(build, 0).properties, std::nullopt);
  EXPECT_EQ(assembler.missing(build, 0).worker, 1);
  assembler.learn(heard("workers/1/connected", R"({"workerid":1,"name":"bell-1"})"));
  EXPECT_TRUE(assembler.missing(build, 0).nothing());
  EXPECT_EQ(string_at(assembler.compose(build, 0), "workername"), "bell-1");
}

TEST(Assembler, DistrustsTheUpdateOfASinglePropertyWhichDoesNotTellItsName) {
  Assembler assembler;
  learn_everything(assembler);
  assembler.learn(heard("builds/7/properties/update", R"({"name":["value","source"]})"));
  EXPECT_EQ(assembler.missing(build, 0).properties, 7);
}

TEST(Assembler, ForgetsBuildersAfterAChangeAndAfterAWhile) {
  Assembler assembler;
  learn_everything(assembler);
  EXPECT_EQ(assembler.missing(build, 11 * 60'000).builder, 2);
  assembler.learn(heard("builders/2/update", R"({"builderid":2,"name":"pass"})"));
  EXPECT_EQ(assembler.missing(build, 0).builder, 2);
}

TEST(Assembler, DropsWhatIsDone) {
  Assembler assembler;
  learn_everything(assembler);
  assembler.learn(heard("buildrequests/11/complete", R"({"buildrequestid":11,"buildsetid":5})"));
  EXPECT_EQ(assembler.missing(build, 0).buildrequest, 11);
  assembler.learn(heard("buildrequests/11/new", R"({"buildrequestid":11,"buildsetid":5})"));
  assembler.buildset_done(5);
  EXPECT_EQ(assembler.missing(build, 0).buildset, 5);
  assembler.clear();
  EXPECT_EQ(assembler.missing(build, 0).builder, 2);
}

TEST(Assembler, StaysWithinItsMemory) {
  Assembler assembler(10'000);
  for (int id = 0; id < 1000; ++id) {
    json::object request;
    request["buildrequestid"] = id;
    request["buildsetid"] = id;
    assembler.learn_buildrequest(request, 100);
    assembler.learn_buildrequest(std::move(request), 100);  // a second time: its cost counts once
  }
  json::object old_build, new_build;
  old_build["buildrequestid"] = 899;
  new_build["buildrequestid"] = 901;
  EXPECT_EQ(assembler.missing(old_build, 0).buildrequest, 899);
  EXPECT_EQ(assembler.missing(new_build, 0).buildrequest, std::nullopt);
}

TEST(Assembler, IgnoresMessagesOfAnyShape) {
  Assembler assembler;
  assembler.learn(heard("buildsets/5/new", R"({"bsid":"5"})"));
  assembler.learn(heard("buildsets/5/new", R"({"bsid":6})"));
  assembler.learn(heard("buildrequests/x/new", R"({})"));
  assembler.learn(heard("builds/7/properties/update", R"({"workername":"text"})"));
  assembler.learn(heard("workers/1/connected", R"({"name":5})"));
  assembler.build_started(7);
  EXPECT_EQ(assembler.missing(build, 0).worker, 1);
  json::object odd = object(R"({"builderid":"2","buildrequestid":[],"buildid":null})");
  EXPECT_TRUE(assembler.missing(odd, 0).nothing());
  EXPECT_EQ(assembler.compose(odd, 0), odd);
}

TEST(Bounded, KeepsTheNewestWhateverItCosts) {
  Bounded<int> map(10);
  map.put(1, 5) = 1;
  map.put(2, 5) = 2;
  map.put(1, 4);  // grows: 2 has to go, not 1
  EXPECT_NE(map.get(1), nullptr);
  EXPECT_EQ(map.get(2), nullptr);
  map.put(3, 100) = 3;
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(*map.get(3), 3);
  map.drop(3);
  EXPECT_EQ(map.cost(), 0U);
}

}  // namespace
}  // namespace carillon::source::buildbot
