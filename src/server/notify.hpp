// What systemd is told: the datagrams of sd_notify(3), "State Change Protocol".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::server {

class ServiceManager {
 public:
  // Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID and takes them out of the environment, so that
  // child processes do not speak in our name. Without them nothing is told.
  ServiceManager();

  // READY=1: started, or reloaded.
  void ready();
  // RELOADING=1, with the time.
  void reloading();
  void stopping();
  // One line, for `systemctl status`; no secret.
  void status(std::string_view text);
  // WATCHDOG=1.
  void alive();
  bool watches() const { return watches_; }

 private:
  void tell(std::string_view message) const;

  std::string socket_;
  bool watches_ = false;
};

}  // namespace carillon::server
