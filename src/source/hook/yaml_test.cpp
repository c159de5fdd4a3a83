#include "source/hook/yaml.hpp"

#include <gtest/gtest.h>

namespace carillon::source::hook {
namespace {

std::string read_as_json(std::string_view text) {
  const auto documents = read_yaml(text);
  if (!documents) return "refused: " + documents.error().what;
  return json::serialize(json::array(documents->begin(), documents->end()));
}

TEST(YamlTest, ScalarsAreTextsButForNullTrueAndFalse) {
  EXPECT_EQ(
      read_as_json("a: 1.10\nb: true\nc: ~\nd: 'true'\non: yes\ne:\nf: \"x\\ty\"\ng: |\n  two\n  lines\n"),
      R"([{"a":"1.10","b":true,"c":null,"d":"true","on":"yes","e":null,"f":"x\ty","g":"two\nlines\n"}])");
  EXPECT_EQ(read_as_json("true: x\n1: y\n"), R"([{"true":"x","1":"y"}])");
}

TEST(YamlTest, ListsAndMappingsOfBothStyles) {
  EXPECT_EQ(read_as_json("- [a, {b: c}]\n-\n  - d\n- {}\n"), R"([[["a",{"b":"c"}],["d"],{}]])");
}

TEST(YamlTest, OfKeysWithOneNameTheLastCounts) {
  EXPECT_EQ(read_as_json("a: 1\na: 2\n"), R"([{"a":"2"}])");
}

TEST(YamlTest, AnchorsAreFollowedAndMergedIn) {
  EXPECT_EQ(read_as_json("a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, c: 3}\nf: {<<: [*x, {g: 4}]}\n"),
            R"([{"a":{"b":"1","c":"2"},"d":{"b":"1","c":"2"},"e":{"b":"1","c":"3"},)"
            R"("f":{"b":"1","c":"2","g":"4"}}])");
}

TEST(YamlTest, SeveralDocuments) {
  EXPECT_EQ(read_as_json("a: 1\n---\nb: 2\n"), R"([{"a":"1"},{"b":"2"}])");
  EXPECT_EQ(read_as_json(""), "[]");
  EXPECT_EQ(read_as_json("# nothing\n"), "[]");
}

TEST(YamlTest, SaysWhereItIsWrong) {
  EXPECT_EQ(read_as_json("a:\n\tb: 1\n"), "refused: line 2: found character that cannot start any token");
  EXPECT_EQ(read_as_json("a: [1,\n2\n"), "refused: line 3: did not find expected ',' or ']'");
  EXPECT_EQ(read_as_json("a: *b\n"), "refused: line 1: there is no anchor 'b' before it");
  EXPECT_EQ(read_as_json("a: &a\n  b: *a\n"), "refused: line 2: there is no anchor 'a' before it");
  EXPECT_EQ(read_as_json("a: 1\n? [x]\n: y\n"), "refused: line 2: a key that is no text");
  EXPECT_EQ(read_as_json("a: &x [1]\n? *x\n: y\n"), "refused: line 2: a key that is no text");
  EXPECT_TRUE(read_as_json("a: \xff\n").starts_with("refused: line 1: "));
}

TEST(YamlTest, NoMoreThanSoMuchIsRead) {
  EXPECT_EQ(read_as_json(std::string((1U << 20U) + 1, ' ')), "refused: line 1: it has more than 1 MiB");
  EXPECT_EQ(read_as_json(std::string(101, '[') + std::string(101, ']')),
            "refused: line 1: more levels than are read");
  EXPECT_TRUE(read_as_json(std::string(100, '[') + std::string(100, ']')).starts_with("[[["));
  // A billion laughs: ten of ten of ten ...
  std::string laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int times = 1; times < 10; ++times)
      laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_EQ(read_as_json(laughs), "refused: line 5: more values than are read");
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += "--- a\n";
  EXPECT_EQ(read_as_json(many), "refused: line 11: too many documents");
}

}  // namespace
}  // namespace carillon::source::hook
