#include "server/likely_secrets.hpp"

#include <gmock/gmock.h>

#include "server/reporter_samples.hpp"

namespace carillon::server {
namespace {

using settings::Argument;
using settings::Type;
using settings::Value;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const settings::Schema schema{.name = "Push",
                              .arguments = {{.name = "serverUrl", .types = {Type::string}},
                                            {.name = "headers", .types = {Type::dict}, .fallback = Value{}}}};

std::vector<std::string> found_in(Value url, Value headers = Value{}) {
  settings::Call call;
  call.class_name = "Push";
  call.keywords = {{"serverUrl", std::move(url)}, {"headers", std::move(headers)}};
  return likely_secrets(schema, settings::Arguments::bind(schema, call));
}

TEST(LikelySecrets, OfAddresses) {
  EXPECT_THAT(found_in(test::text("http://usr:p%40ss@h/echo?key=querysecret&channel=builds&token=short")),
              UnorderedElementsAre("p%40ss", "p@ss", "querysecret"));
  EXPECT_THAT(found_in(test::text("https://usr@h/echo?channel=builds")), IsEmpty());
}

TEST(LikelySecrets, OfHeaders) {
  settings::Dict headers;
  headers.keys = {test::text("X-Api-Key"), test::text("X-Room"), test::text("X-Token")};
  headers.values = {test::text("0123456789"), test::text("builds-of-all"), test::text("x")};
  EXPECT_THAT(found_in(test::text("http://h/"), Value{std::move(headers)}),
              UnorderedElementsAre("0123456789"));
}

}  // namespace
}  // namespace carillon::server
