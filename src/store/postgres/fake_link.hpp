// The way to a PostgreSQL server, which can be cut in the middle of a commit.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/temp_dir.hpp"

namespace carillon::store::postgres {

// A socket in a folder of its own that leads to the server's, as long as this lives.
class FakeLink {
 public:
  // What the next commit meets.
  enum class Cut {
    none,
    before,  // the server does not hear of it
    after,   // its answer does not arrive
  };

  // server: the folder of its socket.
  explicit FakeLink(const std::string& server) : server_(server + name) {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(dir_.file(name + 1));
    if (bind(listener_, generic(address), sizeof(address)) != 0 || listen(listener_, 8) != 0)
      throw std::runtime_error("no socket for the link");
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~FakeLink() {
    over_ = true;
    acceptor_.join();
    for (std::thread& one : links_)
      one.join();
    close(listener_);
  }
  FakeLink(const FakeLink&) = delete;
  FakeLink& operator=(const FakeLink&) = delete;

  std::string folder() const { return dir_.path().string(); }
  void cut(Cut which) { cut_ = which; }
  // then: called before anybody can connect anew, on a thread of the link.
  void cut(Cut which, std::function<void()> then) {
    then_ = std::move(then);
    cut_ = which;
  }
  // It was met.
  bool was_cut() const { return cut_ == Cut::none; }

 private:
  static constexpr const char* name = "/.s.PGSQL.5432";

  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    return address;
  }
  static const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the API
  }

  bool wait_for(int one, int other) const {
    while (!over_) {
      std::array<pollfd, 2> both{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
      if (poll(both.data(), other < 0 ? 1 : 2, 20) > 0) return true;
    }
    return false;
  }

  void accept_all() {
    while (wait_for(listener_, -1)) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_un address = address_of(server_);
      if (connect(server, generic(address), sizeof(address)) != 0) {
        close(client);
        close(server);
        continue;
      }
      links_.emplace_back([this, client, server] {
        pass_on(client, server);
        close(client);
        close(server);
      });
    }
  }

  void pass_on(int client, int server) {
    // The statement's own name for COMMIT is not in what the client sends again: its first use is prepared.
    std::string commit_name;
    while (wait_for(client, server)) {
      std::array<char, 65536> room{};
      const ssize_t asked = recv(client, room.data(), room.size(), MSG_DONTWAIT);
      if (asked == 0) return;
      if (asked > 0) {
        const std::string_view text(room.data(), static_cast<std::size_t>(asked));
        learn(text, commit_name);
        const bool commits = !commit_name.empty() && text.find(commit_name) != std::string_view::npos;
        if (commits && cut_ == Cut::before) {
          if (const auto then = std::exchange(then_, nullptr)) then();
          cut_ = Cut::none;
          return;
        }
        if (!send_all(server, text)) return;
      }
      const ssize_t answered = recv(server, room.data(), room.size(), MSG_DONTWAIT);
      if (answered == 0) return;
      if (answered > 0) {
        const std::string_view text(room.data(), static_cast<std::size_t>(answered));
        if (cut_ == Cut::after && text.find(std::string_view("COMMIT\0", 7)) != std::string_view::npos) {
          if (const auto then = std::exchange(then_, nullptr)) then();
          cut_ = Cut::none;
          return;
        }
        if (!send_all(client, text)) return;
      }
    }
  }

  // Parse: 'P', its length, the name, the statement. Bind: 'B', its length, the portal "", the name.
  static void learn(std::string_view text, std::string& commit_name) {
    const auto at = text.find(std::string_view("\0COMMIT\0", 8));
    if (at == std::string_view::npos) return;
    const auto begin = text.rfind('P', at);
    commit_name =
        std::string(1, '\0') + std::string(text.substr(begin + 5, at - begin - 5)) + std::string(1, '\0');
  }

  static bool send_all(int to, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(to, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  test::TempDir dir_;
  std::string server_;
  int listener_ = -1;
  std::function<void()> then_;
  std::atomic<Cut> cut_ = Cut::none;
  std::atomic<bool> over_ = false;
  std::thread acceptor_;
  std::vector<std::thread> links_;
};

}  // namespace carillon::store::postgres
