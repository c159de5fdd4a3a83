#include "cli/stubs_command.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>

#include "base/terminal.hpp"
#include "cli/offline_runtime.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view stub_mark = "# Made by `carillon stubs`.";  // script/python/stubs.py
constexpr std::array stub_packages = {"buildbot", "carillon"};

bool is_stub_of_ours(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  return std::getline(in, line) && line == stub_mark;
}

// Throws ConfigError for the first thing in the package that no earlier run wrote.
void refuse_foreign(const fs::path& package) {
  if (!fs::exists(fs::symlink_status(package))) return;
  const auto refuse = [](const fs::path& path) {
    throw settings::ConfigError(path.string() + " is not made by `carillon stubs`: name another folder");
  };
  if (!fs::is_directory(fs::symlink_status(package))) refuse(package);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(package)) {
    const bool folder = entry.is_directory() && !entry.is_symlink();
    if (!folder && (!entry.is_regular_file() || !is_stub_of_ours(entry.path()))) refuse(entry.path());
  }
}

void write_stub(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out)
    throw settings::ConfigError("cannot write " + path.string() + ": " +
                                std::generic_category().message(errno));
}

std::size_t write_all_stubs(const fs::path& folder, const json::object& files) {
  try {
    for (const char* package : stub_packages)
      refuse_foreign(folder / package);
    for (const char* package : stub_packages)
      fs::remove_all(folder / package);
    for (const auto& file : files)
      write_stub(folder / std::string(file.key()), std::string(file.value().as_string()));
  } catch (const fs::filesystem_error& error) {
    throw settings::ConfigError("cannot write " + error.path1().string() + ": " + error.code().message());
  }
  return files.size();
}

}  // namespace

int write_stubs(const std::string& folder) {
  OfflineRuntime& runtime = OfflineRuntime::make(false);
  const Result<json::value> made = runtime.run(runtime.script().stubs());
  try {
    if (!made) throw settings::ConfigError(made.error().what);
    const std::size_t count = write_all_stubs(folder, made->as_object());
    std::cout << printable_lines("wrote " + std::to_string(count) + " stubs into " + folder +
                                 ": editors find them by stubPath (pyright) or MYPYPATH (mypy)");
  } catch (const settings::ConfigError& error) {
    std::cerr << printable_lines(std::string("carillon: ") + error.what());
    return 1;
  }
  return 0;
}

void add_stubs(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand(
      "stubs", "Write stubs from which editors and type checkers know what a configuration may say");
  auto folder = std::make_shared<std::string>();
  command->add_option("FOLDER", *folder, "where to; what an earlier run wrote is replaced")->required();
  command->footer("For pyright: carillon stubs typings");
  command->callback([&chosen, folder] { chosen = [folder] { return write_stubs(*folder); }; });
}

}  // namespace carillon::cli
