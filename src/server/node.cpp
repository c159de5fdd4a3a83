#include "server/node.hpp"

#include <linux/close_range.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/encoding.hpp"
#include "base/host.hpp"

namespace carillon::server {
namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of the process that is such a one; its value: NodeCounts, as "TAKEOVERS FENCED".
constexpr const char* mark = "CARILLON_BEGAN_ANEW";

// What is no such text counts nothing: somebody else has set it.
NodeCounts counts_from(std::string_view text) {
  NodeCounts counts;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, counts.takeovers);
  if (first.ptr != end && *first.ptr == ' ') std::from_chars(first.ptr + 1, end, counts.fenced);
  return counts;
}

std::vector<std::string> words_of_process(const std::string& path) {
  const std::string text = text_of_file(path);
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size(); at = text.find('\0', at) + 1)
    words.emplace_back(text.c_str() + at);
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Of addresses on which others cannot reach it the one of this machine: nodes may share it.
std::string url_of(const settings::Configuration& configuration, int port) {
  if (!configuration.node_url.empty()) return configuration.node_url;
  if (port < 0) return {};
  std::string host = configuration.www_host;
  if (host == "0.0.0.0" || host == "::") host = host_name();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port) + "/";
}

// Containers share a kernel, and machines may be copies of one another: both differ in one of these.
std::string home_of(const std::string& lock) {
  struct stat file{};
  std::string boot = text_of_file("/proc/sys/kernel/random/boot_id");
  if (lock.empty() || boot.empty() || stat(lock.c_str(), &file) != 0) return {};
  boot.pop_back();  // the end of its line
  return boot + " " + std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

}  // namespace

store::NodeFacts node_facts(const settings::Configuration& configuration, int port, const std::string& lock) {
  store::NodeFacts facts;
  facts.name = configuration.node.empty() ? host_name() : configuration.node;
  facts.url = url_of(configuration, port);
  facts.program = CARILLON_VERSION;
  facts.configuration = short_hash(text_of_file(configuration.file));
  facts.home = home_of(lock);
  facts.lease = std::chrono::milliseconds(configuration.lease);
  return facts;
}

std::string shown(const store::Node& node) {
  return node.name + (node.url.empty() ? "" : " (" + node.url + ")");
}

Beginning::Beginning() : arguments_(words_of_process("/proc/self/cmdline")) {
  for (char** one = environ; *one != nullptr;
       ++one)  // NOLINT(concurrency-mt-unsafe): before other threads begin
    environment_.emplace_back(*one);
  const std::string prefix = std::string(mark) + "=";
  const auto found =
      std::ranges::find_if(environment_, [&](const std::string& one) { return one.starts_with(prefix); });
  if (found == environment_.end()) return;
  is_again_ = true;
  counts_ = counts_from(std::string_view(*found).substr(prefix.size()));
  environment_.erase(found);
  unsetenv(mark);  // NOLINT(concurrency-mt-unsafe)
}

void Beginning::again(const NodeCounts& counts) const {
  std::vector<std::string> arguments = arguments_;
  std::vector<std::string> environment = environment_;
  environment.push_back(std::string(mark) + "=" + std::to_string(counts.takeovers) + " " +
                        std::to_string(counts.fenced));
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  execve("/proc/self/exe", pointers(arguments).data(), pointers(environment).data());
  throw std::system_error(errno, std::generic_category(), "cannot start again");
}

}  // namespace carillon::server
