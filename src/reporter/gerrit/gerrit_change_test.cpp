#include "reporter/gerrit/gerrit_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::reporter::gerrit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

json::object build_with(std::string_view properties) {
  json::object build;
  build["properties"] = json::parse(properties);
  return build;
}

Words patches(std::string_view properties) {
  const Patches patches = patches_of(build_with(properties));
  EXPECT_EQ(patches.found.empty(), !patches.reason.empty());
  Words words;
  for (const Patch& patch : patches.found)
    words.push_back(patch.project + " " + patch.revision);
  return words;
}

Words revisions(std::string_view properties) {
  Words words;
  for (const RevisionPath& path : revisions_of(build_with(properties)).found)
    words.push_back(path.change + " " + path.revision);
  return words;
}

TEST(PatchesOf, RepoNamesEachDownload) {
  EXPECT_THAT(patches(R"({"repo_downloads": [["a/b 12/3", "c 45/1"], "Repo"],
                          "repo_downloaded": ["12/3 0123abcd 45/1 4567abcd ", "Repo"]})"),
              ElementsAre("a/b 0123abcd", "c 4567abcd"));
  EXPECT_THAT(patches(R"({"repo_downloads": [["a 12/3", "a 12/3"], "Repo"],
                          "repo_downloaded": ["12/3 0123abcd 12/3 0123abcd", "Repo"]})"),
              ElementsAre("a 0123abcd"));
}

TEST(PatchesOf, RepoPropertiesThatDifferNameNothing) {
  for (const char* downloaded : {"12/4 0123abcd", "12/3", "12/3 --help", "12/3 0123abcd 45/1 4567abcd", ""}) {
    json::object build =
        build_with(R"({"repo_downloads": [["a 12/3"], "Repo"], "event.change.id": ["I1", "Change"],
                                        "event.change.project": ["p", "Change"], "revision": ["0123abcd", "Build"]})");
    build["properties"].as_object()["repo_downloaded"] = json::array{downloaded, "Repo"};
    const Patches found = patches_of(build);
    EXPECT_THAT(found.found, IsEmpty()) << downloaded;
    EXPECT_THAT(found.reason, HasSubstr("repo_downloads")) << downloaded;
  }
}

TEST(PatchesOf, GitTakesTheFirstRevisionThereIs) {
  const std::string head =
      R"({"event.change.id": ["I1", "Change"], "event.change.project": ["a b'c", "Change"], )";
  EXPECT_THAT(
      patches(head +
              R"("event.patchSet.revision": ["0123abcd", "Change"], "got_revision": ["beef", "Git"]})"),
      ElementsAre("a b'c 0123abcd"));
  EXPECT_THAT(patches(head + R"("got_revision": ["beef", "Git"], "revision": ["cafe", "Build"]})"),
              ElementsAre("a b'c beef"));
  EXPECT_THAT(
      patches(head +
              R"("codebase": ["lib", "Build"], "got_revision": [{"app": "beef", "lib": "cafe"}, "Git"]})"),
      ElementsAre("a b'c cafe"));
  EXPECT_THAT(patches(head + R"("codebase": ["x", "Build"], "got_revision": [{"app": "beef"}, "Git"],
                                 "revision": ["cafe", "Build"]})"),
              ElementsAre("a b'c cafe"));
  EXPECT_THAT(patches(head + R"("revision": ["42,7", "Build"]})"), ElementsAre("a b'c 42,7"));
}

TEST(PatchesOf, AWholeDictionaryOfRevisionsNeedsNoPropertyCodebase) {
  const std::string head =
      R"({"event.change.id": ["I1", "Change"], "event.change.project": ["crew/lib", "Change"], )";
  json::object build = build_with(head + R"("got_revision": [{"app": "beef", "lib": "cafe"}, "Git"]})");
  EXPECT_THAT(patches_of(build).reason, HasSubstr("no revision")) << "nothing says which";
  build["buildset"] = json::parse(R"({"sourcestamps": [
      {"codebase": "app", "project": "", "repository": "ssh://gerrit.crew.net:29418/crew/app"},
      {"codebase": "lib", "project": "", "repository": "https://gerrit.crew.net/a/crew/lib.git"}]})");
  ASSERT_EQ(patches_of(build).found.size(), 1U);
  EXPECT_EQ(patches_of(build).found[0].revision, "cafe");
  EXPECT_THAT(patches(head + R"("got_revision": [{"": "beef"}, "Git"]})"), ElementsAre("crew/lib beef"));
  EXPECT_THAT(patches(head + R"("got_revision": [{"lib": "beef"}, "Git"]})"), ElementsAre("crew/lib beef"))
      << "the only one";
}

TEST(PatchesOf, WhatCannotBeARevisionOrAProjectIsMissing) {
  EXPECT_THAT(patches_of(build_with("{}")).reason, HasSubstr("no change of Gerrit"));
  EXPECT_THAT(patches_of(build_with(R"({"event.change.id": ["I1", "C"], "revision": ["beef", "B"]})")).reason,
              HasSubstr("event.change.project"));
  for (const char* revision : {"\"HEAD\"", "\"--submit\"", "\"beef; id\"", "7", "null", "{\"\": 7}"}) {
    EXPECT_THAT(patches_of(build_with(R"({"event.change.id": ["I1", "C"], "event.change.project": ["p", "C"],
                                          "revision": [)" +
                                      std::string(revision) + R"(, "B"]})"))
                    .reason,
                HasSubstr("no revision"))
        << revision;
  }
  EXPECT_THAT(patches(R"({"event.change.id": ["I1", "C"], "event.change.project": ["p\nq", "C"],
                          "revision": ["beef", "B"]})"),
              IsEmpty());
}

TEST(RevisionsOf, AListOfTheUsersComesFirst) {
  EXPECT_THAT(
      revisions(R"({"event.change.number": [1, "Change"], "event.patchSet.number": ["2", "Change"]})"),
      ElementsAre("1 2"));
  EXPECT_THAT(revisions(R"({"event.change.number": [1, "C"], "event.patchSet.number": [2, "C"],
      "gerrit_changes": [[{"change_id": "a~b~I1", "revision_id": "current"}, {"change_id": 7, "revision_id": 1},
                          {"change_id": 7, "revision_id": 1}], "B"]})"),
              ElementsAre("a~b~I1 current", "7 1"));
}

TEST(RevisionsOf, WhatIsNotUsableIsNamed) {
  EXPECT_THAT(revisions_of(build_with("{}")).reason, HasSubstr("no change of Gerrit"));
  EXPECT_THAT(revisions_of(build_with(R"({"gerrit_changes": [[], "B"]})")).reason, HasSubstr("empty"));
  EXPECT_THAT(revisions_of(build_with(R"({"gerrit_changes": ["7", "B"]})")).reason, HasSubstr("not a list"));
  EXPECT_THAT(revisions_of(build_with(R"({"event.change.number": [1, "C"]})")).reason,
              HasSubstr("no revision"));
  const RevisionPaths some = revisions_of(build_with(
      R"({"gerrit_changes": [[{"change_id": "..", "revision_id": "1"}, {"change_id": "7", "revision_id": "1"}, 3], "B"]})"));
  EXPECT_EQ(some.found.size(), 1U);
  EXPECT_THAT(some.reason, HasSubstr("2 of gerrit_changes"));
}

TEST(PathPart, IsEncodedOnce) {
  EXPECT_EQ(path_of_id("a/b~main~I1"), "a%2Fb~main~I1");
  EXPECT_EQ(path_of_id("a%2fb~main~I1"), "a%2Fb~main~I1");
  EXPECT_EQ(path_of_id("50% off?"), "50%25%20off%3F");
}

}  // namespace
}  // namespace carillon::reporter::gerrit
