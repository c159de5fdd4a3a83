#include "cli/adopt_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "base/json.hpp"
#include "base/terminal.hpp"
#include "cli/check.hpp"
#include "cli/offline_runtime.hpp"
#include "server/printed.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

namespace fs = std::filesystem;

// A Python string literal: JSON's escapes mean the same there.
std::string literal(const std::string& text) {
  return json::serialize(json::value(text));
}

std::string configuration_text(const std::string& file, const std::string& url) {
  return "# Made by `carillon adopt`: Carillon with the reporters of a Buildbot's configuration.\n"
         "# It runs that file as it is, and then sets what is Carillon's own. Change it as you like.\n"
         "import os\n"
         "import sys\n"
         "\n"
         "from carillon.plugins import sources\n"
         "\n"
         "\n"
         "def _run(path):\n"
         "    \"\"\"What the file sets. It runs in its own folder, as Buildbot runs it.\"\"\"\n"
         "    folder, before = os.path.dirname(path), os.getcwd()\n"
         "    names = {'__name__': __name__, '__builtins__': __builtins__, '__file__': path, 'basedir': "
         "folder}\n"
         "    for name, module in list(sys.modules.items()):  # so that a reload reads them again\n"
         "        file = getattr(module, '__file__', None) or ''\n"
         "        own = file.startswith(os.path.join(folder, '')) and 'site-packages' not in file\n"
         "        if own and name != __name__:\n"
         "            del sys.modules[name]\n"
         "    sys.path.insert(0, folder)\n"
         "    os.chdir(folder)\n"
         "    try:\n"
         "        with open(path, 'rb') as file:\n"
         "            exec(compile(file.read(), path, 'exec'), names)\n"
         "    finally:\n"
         "        os.chdir(before)\n"
         "        sys.path.remove(folder)\n"
         "        if folder not in sys.path:\n"
         "            sys.path.append(folder)  # for what callbacks import\n"
         "    if 'BuildmasterConfig' not in names:\n"
         "        raise ValueError(path + ' sets no BuildmasterConfig: it begins with c = BuildmasterConfig "
         "= {}')\n"
         "    return names\n"
         "\n"
         "\n"
         "_folder = os.path.dirname(os.path.abspath(__file__))\n"
         "c = BuildmasterConfig = _run(os.path.normpath(os.path.join(_folder, " +
         literal(file) +
         ")))['BuildmasterConfig']\n"
         "\n"
         "# Where builds come from: the master that runs with that file.\n"
         "c['sources'] = [sources.Buildbot(" +
         literal(url) +
         ")]\n"
         "# The database and the web server of that file are the master's; these are Carillon's.\n"
         "c['db'] = {'db_url': 'sqlite:///carillon.sqlite'}\n"
         "c['www'] = {'port': 'tcp:8020:interface=127.0.0.1'}\n";
}

// Never over a file that is there.
void write_new(const fs::path& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0 && errno == EEXIST)
    throw settings::ConfigError(path.string() + " exists already: name another file with --output");
  const bool done = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (done) return;
  if (file >= 0) ::unlink(path.c_str());
  throw settings::ConfigError("cannot write " + path.string() + ": " + std::strerror(reason));
}

// The file that was written: it goes again, unless it is kept.
class WrittenFile {
 public:
  explicit WrittenFile(fs::path path) : path_(std::move(path)) {}
  ~WrittenFile() {
    if (path_.empty() || ::unlink(path_.c_str()) != 0) return;
    std::cerr << printable_lines("carillon: " + path_.string() + " is removed again, since its check failed");
  }
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

// Whether a line of the file, which is no comment, has the word.
bool names_in_code(const std::string& file, std::string_view word) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.find(word) < line.find('#')) return true;
  }
  return false;
}

// The master's URL and how many reporters there are.
std::pair<std::string, std::size_t> found_in(OfflineRuntime& runtime, const std::string& file) {
  const settings::Configuration& found = runtime.read(file);
  if (!found.sources.empty())
    throw settings::ConfigError(file + " has c['sources'] already: it is a configuration of Carillon's");
  // What is not set has a default, which is set as well.
  if (found.buildbot_url == settings::Configuration().buildbot_url && !names_in_code(file, "buildbotURL"))
    throw settings::ConfigError(file +
                                " sets no c['buildbotURL'], so the master's address is not known: set it");
  return {found.buildbot_url, found.services.size()};
}

}  // namespace

int adopt(const AdoptOptions& options) {
  const fs::path source = options.file;
  const fs::path target =
      options.output.empty() ? source.parent_path() / "carillon.cfg" : fs::path(options.output);
  OfflineRuntime& runtime = OfflineRuntime::make();
  try {
    const auto [url, services] = found_in(runtime, options.file);
    std::error_code unknown;
    fs::path shown = fs::relative(source, target.parent_path().empty() ? "." : target.parent_path(), unknown);
    if (unknown || shown.empty()) shown = fs::absolute(source);
    write_new(target, configuration_text(shown.string(), url));
    std::cout << printable_lines("wrote " + target.string() + ": " + counted(services, "reporter") + " of " +
                                 options.file + ", builds from " + url);
  } catch (const settings::ConfigError& error) {
    std::cerr << printable_lines("carillon: " + runtime.redacted(error.what()));
    return 1;
  }
  CheckOptions check;
  check.config = target.string();
  WrittenFile written(target);
  const int result = check_configuration(check, runtime);
  if (result == 0) {
    written.keep();
    std::cout << "next: `carillon run " << target.string()
              << "`, and take the reporters out of the master, or both send\n";
  }
  return result;
}

}  // namespace carillon::cli
