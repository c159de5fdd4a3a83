// The process of a Buildbot master on this machine (Linux).
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace carillon::source::buildbot {

// Holds on to one process: its number is not mistaken for that of a later one.
class LocalProcess {
 public:
  // The master that runs in the directory: twistd.pid names it, its command line says twistd or buildbot, and
  // the directory is its working directory. nullopt: none does (no twistd.pid, or one that was left over).
  // Failure: rejected, when the directory or the process cannot be looked at. Reads a few small files.
  static Result<std::optional<LocalProcess>> of_master(const std::string& basedir);

  LocalProcess(LocalProcess&& other) noexcept;
  LocalProcess& operator=(LocalProcess&& other) noexcept;
  ~LocalProcess();

  int id() const { return id_; }
  bool ended() const;

  // Failure: rejected (not allowed; it has ended; it does not handle the signal, which would just kill it).
  Result<void> signal(int number) const;

 private:
  LocalProcess(int id, int handle) : id_(id), handle_(handle) {}
  int id_;
  // A pidfd.
  int handle_;
};

}  // namespace carillon::source::buildbot
