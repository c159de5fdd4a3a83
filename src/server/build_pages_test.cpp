#include "server/build_pages.hpp"

#include <gtest/gtest.h>

namespace carillon::server {
namespace {

std::string page(const settings::Configuration& configuration) {
  return build_pages(configuration).of("a/b \u00fc", 7);
}

TEST(BuildPages, AreOursUnlessABuildbotHasThem) {
  settings::Configuration configuration;
  EXPECT_EQ(page(configuration), "http://localhost:8020/b/a%2Fb%20%C3%BC/7");
  EXPECT_EQ(build_pages(configuration).of("linux"), "http://localhost:8020/b/linux");
  EXPECT_EQ(build_pages(configuration).of(".", 7), "http://localhost:8020/b/~./7");
  configuration.www_port = 8021;
  EXPECT_EQ(page(configuration), "http://localhost:8021/b/a%2Fb%20%C3%BC/7");
  configuration.buildbot_url = "https://bell.example.org/carillon/";
  EXPECT_EQ(page(configuration), "https://bell.example.org/carillon/b/a%2Fb%20%C3%BC/7");
  configuration.sources.emplace_back().class_name = "Push";
  configuration.sources.emplace_back().class_name = "Buildbot";
  EXPECT_EQ(page(configuration), "https://bell.example.org/carillon/#builders/a%2Fb%20%C3%BC/builds/7")
      << "what was ported from a Buildbot leads there";
  configuration.www_url = "https://bells.example.org/x";
  EXPECT_EQ(page(configuration), "https://bells.example.org/x/b/a%2Fb%20%C3%BC/7");
}

TEST(BuildPages, OurPortOnThisMachineIsOurs) {
  settings::Configuration configuration;
  configuration.sources.emplace_back().class_name = "Buildbot";
  EXPECT_EQ(page(configuration), "http://localhost:8020/b/a%2Fb%20%C3%BC/7");
  configuration.www_port = 8021;
  EXPECT_EQ(page(configuration), "http://localhost:8020/#builders/a%2Fb%20%C3%BC/builds/7");
  configuration.buildbot_url = "http://127.0.0.1:8021/";
  EXPECT_EQ(page(configuration), "http://127.0.0.1:8021/b/a%2Fb%20%C3%BC/7");
}

TEST(BuildPages, WithoutAWebServerThereAreNone) {
  settings::Configuration configuration;
  configuration.www_port = -1;
  configuration.www_url = "https://bells.example.org/";
  EXPECT_EQ(page(configuration), "http://localhost:8020/#builders/a%2Fb%20%C3%BC/builds/7");
  EXPECT_EQ(build_pages(configuration).of("linux"), "http://localhost:8020/#builders/linux");
}

}  // namespace
}  // namespace carillon::server
