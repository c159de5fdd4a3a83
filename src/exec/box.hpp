// Reports that the server does not have yet, as files: nothing is sent before it is on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace carillon::exec {

// Closes the descriptor, and lets go of its lock.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// A folder that any number of processes use at once. A report is a file NAME.report, whose first line is the
// server's URL; NAME.running stands for one whose command is still running; refused/ holds what the server
// will never take. Files are readable by their owner only, and there whole or not at all. Names sort by age.
// Failures are unreachable: the disk, or the folder, does not work.
class Box {
 public:
  struct Limits {
    std::size_t reports = 1000;
    std::uint64_t bytes = std::uint64_t{256} << 20U;
  };
  using Say = std::function<void(const std::string&)>;  // tells the user

  Box(std::filesystem::path folder, std::string url, Limits limits, Say say)
      : folder_(std::move(folder)), url_(std::move(url)), limits_(limits), say_(std::move(say)) {}

  // The lines to be sent when nothing is heard any more of the run of that name: whoever sends reports next
  // finds them once this process is gone.
  Result<void> begin(const std::string& name, const std::string& lines);

  // The report of a run; replaces what begin() left. When there is too much, the oldest reports are dropped,
  // and the user is told.
  Result<void> put(const std::string& name, const std::string& lines);

  // begin() is forgotten, and there is no report.
  void forget(const std::string& name);

  bool has(const std::string& name) const;

  // One process at a time sends: none while another does. It ends with the descriptor.
  Result<std::optional<Descriptor>> become_sender();

  // Makes reports of the runs whose process is gone. What cannot be taken over stays, and the user is told.
  // For the sender.
  void adopt_lost();

  struct Report {
    std::string name;
    std::string lines;
  };
  // The oldest one for this server; none: there is nothing to send. What cannot be read or is not whole is
  // stepped over, and the user is told once. For the sender.
  std::optional<Report> oldest();

  // It was sent. If it cannot be removed, the user is told, and this Box does not yield it again.
  void remove(const std::string& name);
  // The server will never take it. Failure: it stays where it is, and this Box does not yield it again.
  Result<void> set_aside(const std::string& name);

  // How many wait for this server, and for others, of those that can be read.
  struct Count {
    std::size_t here = 0;
    std::size_t elsewhere = 0;
  };
  Count count() const;

  std::string where() const { return folder_.string(); }

 private:
  std::filesystem::path file(const std::string& name, const char* ending) const;
  Result<void> make_folder(const std::filesystem::path& folder) const;
  Result<Descriptor> write_part(const std::filesystem::path& part, const std::string& lines) const;
  void make_room(const std::filesystem::path& folder, std::uint64_t bytes);
  void pass_over(const std::string& name, const std::string& why);

  std::filesystem::path folder_;
  std::string url_;
  Limits limits_;
  Say say_;
  Descriptor running_;
  // Names of what this process does not touch again.
  std::set<std::string> passed_over_;
};

// $XDG_STATE_HOME/carillon/spool, or that below ~/.local/state. Empty: this user has no home.
std::filesystem::path usual_spool();

}  // namespace carillon::exec
