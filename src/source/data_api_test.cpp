#include "source/data_api.hpp"

#include <gtest/gtest.h>

namespace carillon::source {
namespace {

std::string data(std::string_view path, const char* document) {
  return json::serialize(data_of_rest(path, json::parse(document)));
}

TEST(DataOfRest, TellsThingsFromCollections) {
  const char* steps = R"({"meta": {"total": 1}, "steps": [{"stepid": 1}]})";
  EXPECT_EQ(data("builds/7/steps", steps), R"([{"stepid":1}])");
  EXPECT_EQ(data("steps/1", steps), R"({"stepid":1})");
  EXPECT_EQ(data("steps", R"({"meta": {}, "steps": []})"), "[]");
  EXPECT_EQ(data("builders/linux", R"({"meta": {}, "builders": []})"), "null");
  EXPECT_EQ(data("builds/7/properties", R"({"meta": {}, "properties": [{"a": [1, "x"]}]})"),
            R"({"a":[1,"x"]})");
  EXPECT_EQ(data("builders/1/builds?number__lt=7&limit=1", R"({"meta": {}, "builds": [{"number": 6}]})"),
            R"([{"number":6}])");
  EXPECT_EQ(data("logs/3/contents?offset=0", R"({"meta": {}, "logchunks": [{"content": "x"}]})"),
            R"({"content":"x"})");
}

}  // namespace
}  // namespace carillon::source
