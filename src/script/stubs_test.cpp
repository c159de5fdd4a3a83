// What `carillon stubs` writes. A type checker reads all of it in test/end_to_end/test_stubs.py.
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;
using testing::Not;

class StubsTest : public ScriptTest {
 protected:
  std::string stub(const std::string& path) {
    if (stubs_.empty()) {
      settings::Schema& schema = options_.reporters.front();
      schema.arguments = {
          Argument{.name = "fromaddr", .types = {Type::string}, .required = true, .doc = "the \"sender\""},
          Argument{.name = "mode", .types = {Type::strings, Type::string}},
          Argument{.name = "port", .types = {Type::integer}, .fallback = {std::int64_t{25}}},
          Argument{.name = "lookup", .types = {Type::object}},
          Argument{.name = "password", .types = {Type::secret, Type::callable}}};
      Result<json::value> made = rejected("not called");
      asio::co_spawn(io_, script().stubs(), [&](const std::exception_ptr& e, Result<json::value> result) {
        if (e) std::rethrow_exception(e);
        made = std::move(result);
      });
      io_.run();
      if (!made) return made.error().what;
      stubs_ = made->as_object();
    }
    const json::value* found = stubs_.if_contains(path);
    return found != nullptr ? std::string(found->as_string()) : "no " + path;
  }

  json::object stubs_;
};

TEST_F(StubsTest, AReporterTakesWhatItsSchemaSays) {
  const std::string text = stub("carillon/_classes.pyi");
  EXPECT_THAT(text, HasSubstr("class MailNotifier(Configured):"));
  EXPECT_THAT(text, HasSubstr("    fromaddr: the \"sender\"\n"));
  EXPECT_THAT(text, HasSubstr("        fromaddr: str,\n"
                              "        mode: list[str] | tuple[str, ...] | set[str] | str | None = None,\n"
                              "        port: int | None = 25,\n"
                              "        lookup: Any = None,\n"
                              "        password: str | Renderable | Callable[..., Any] | None = None,\n"
                              "        *,\n"
                              "        name: str | None = None,\n"));
  EXPECT_THAT(text, HasSubstr("class Buildbot(Configured):"));
}

TEST_F(StubsTest, NamesStandWhereTheyAreImportedFrom) {
  EXPECT_THAT(stub("buildbot/reporters/mail.pyi"),
              HasSubstr("from carillon._classes import MailNotifier as MailNotifier\n"));
  EXPECT_THAT(stub("buildbot/plugins/reporters.pyi"), HasSubstr("import HttpStatusPush as HTTPStatusPush\n"));
  EXPECT_THAT(stub("buildbot/plugins/util.pyi"),
              HasSubstr("from carillon._interpolate import Interpolate as Interpolate\n"));
  EXPECT_THAT(stub("carillon/plugins/sources.pyi"),
              HasSubstr("from carillon._classes import Buildbot as Buildbot\n"));
  EXPECT_THAT(stub("buildbot/plugins/__init__.pyi"), Not(HasSubstr("sources")));
  EXPECT_THAT(stub("buildbot/process/results.pyi"), HasSubstr("FAILURE: int\n"));
}

TEST_F(StubsTest, WhatIsAStandInIsAnyAndWhatIsNotThereIsNotMadeUp) {
  const std::string any_name = "def __getattr__(name: str) -> Any: ...";
  EXPECT_THAT(stub("buildbot/plugins/util.pyi"), HasSubstr("BuilderConfig: Any\n"));
  EXPECT_THAT(stub("buildbot/plugins/steps.pyi"), HasSubstr(any_name));
  EXPECT_THAT(stub("buildbot/plugins/__init__.pyi"), Not(HasSubstr(any_name)));
  EXPECT_THAT(stub("carillon/plugins/sources.pyi"), Not(HasSubstr(any_name)));
  EXPECT_THAT(stub("buildbot/process/results.pyi"), Not(HasSubstr(any_name)));
  EXPECT_THAT(stub("buildbot/steps/shell.pyi"), HasSubstr("ShellCommand: Any\n"));
}

}  // namespace
}  // namespace carillon::script
