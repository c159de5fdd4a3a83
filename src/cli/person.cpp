#include "cli/person.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

namespace carillon::cli {
namespace {

constexpr std::chrono::milliseconds turn{50};
constexpr std::size_t longest_entry = 16384;  // of the users' list

std::atomic<bool> was_interrupted = false;  // written by the signal's handler

}  // namespace

std::string user_of_command() {
  const char* before_sudo = std::getenv("SUDO_USER");
  if (before_sudo != nullptr && *before_sudo != '\0') return std::string(before_sudo) + " (command line)";
  const uid_t id = ::getuid();
  std::vector<char> buffer(longest_entry);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return (found != nullptr ? std::string(found->pw_name) : "user " + std::to_string(id)) + " (command line)";
}

bool says_yes(const std::string& question) {
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void watch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { was_interrupted = true; });
  }
}

bool interrupted() {
  return was_interrupted;
}

bool wait_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (auto now = std::chrono::steady_clock::now(); now < end && !interrupted();
       now = std::chrono::steady_clock::now())
    std::this_thread::sleep_for(std::min(turn, std::chrono::ceil<std::chrono::milliseconds>(end - now)));
  return !interrupted();
}

}  // namespace carillon::cli
