// Drives a Script with configurations written to a temporary folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "script/script.hpp"
#include "settings/error.hpp"

namespace carillon::script {

using settings::Argument;
using settings::Type;

class ScriptTest : public testing::Test {
 protected:
  ScriptTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carillon-script-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }

  ~ScriptTest() override {
    configuration_ = {};
    script_.reset();
    std::filesystem::remove_all(folder_);
  }

  static settings::Schema mail() {
    settings::Schema schema;
    schema.name = "MailNotifier";
    schema.modules = {"buildbot.reporters.mail"};
    schema.methods = {"getResponsibleUsersForBuild", "getMessage"};
    schema.arguments = {Argument{.name = "fromaddr", .types = {Type::any}},
                        Argument{.name = "messageFormatter", .types = {Type::any}}};
    return schema;
  }

  static settings::Schema push() {
    settings::Schema schema;
    schema.name = "HttpStatusPush";
    schema.aliases = {"HTTPStatusPush"};
    schema.modules = {"buildbot.reporters.http"};
    schema.arguments = {Argument{.name = "serverUrl", .types = {Type::any}}};
    return schema;
  }

  static settings::Schema buildbot() {
    settings::Schema schema;
    schema.name = "Buildbot";
    schema.arguments = {Argument{.name = "url", .types = {Type::any}},
                        Argument{.name = "name", .types = {Type::any}}};
    return schema;
  }

  static Options options() {
    Options made;
    made.reporters = {mail(), push()};
    made.sources = {buildbot()};
    return made;
  }

  Script& script() {
    if (!script_) script_ = Script::start(io_.get_executor(), options_);
    return *script_;
  }

  std::string path(const std::string& name = "master.cfg") const { return folder_ / name; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
  }

  // `body` between the usual first and last lines; it begins at line 5.
  static std::string file_with(const std::string& body) {
    return "from buildbot.plugins import *\nfrom carillon.plugins import sources\nc = BuildmasterConfig = "
           "{}\n"
           "c['services'] = []\n" +
           body;
  }

  settings::Configuration load_text(const std::string& text) {
    write("master.cfg", text);
    configuration_ = script().load(path());
    return configuration_;
  }

  settings::Configuration load(const std::string& body) { return load_text(file_with(body)); }

  // The message without the folder, "" when it loads.
  std::string error_of_text(const std::string& text) {
    try {
      load_text(text);
    } catch (const settings::ConfigError& e) {
      return shortened(e.what());
    }
    return "";
  }

  std::string error_of(const std::string& body) { return error_of_text(file_with(body)); }

  std::string shortened(std::string text) const {
    const std::string prefix = folder_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }

  // The first argument of the first service.
  settings::ObjectPtr object() const {
    const auto* found = configuration_.services.at(0).positional.at(0).as<settings::ObjectPtr>();
    return found != nullptr ? *found : nullptr;
  }

  // The configuration with one service whose argument is the Python expression `value`.
  settings::ObjectPtr object(const std::string& body, const std::string& value) {
    load(body + "\nc['services'].append(reporters.HttpStatusPush(" + value + "))\n");
    return object();
  }

  Result<json::value> call(const settings::ObjectPtr& object, const std::string& method,
                           const json::array& args) {
    Result<json::value> answer = rejected("not called");
    asio::co_spawn(io_, object->call(method, args, "main"),
                   [&](const std::exception_ptr& e, Result<json::value> result) {
                     if (e) std::rethrow_exception(e);
                     answer = std::move(result);
                   });
    io_.run();
    io_.restart();
    return answer;
  }

  // The answer as JSON, or "error: ...".
  std::string called(const settings::ObjectPtr& object, const std::string& method, const json::array& args) {
    const auto answer = call(object, method, args);
    return answer ? json::serialize(*answer) : "error: " + shortened(answer.error().what);
  }

  std::string rendered(const std::string& value, const std::string& build, const std::string& body = "") {
    const auto renderable = object(body, value);
    if (!renderable) return "not an object";
    return called(renderable, "render", json::array{json::parse(build)});
  }

  asio::io_context io_;
  Options options_ = options();
  std::filesystem::path folder_;
  settings::Configuration configuration_;
  std::unique_ptr<Script> script_;
};

}  // namespace carillon::script
