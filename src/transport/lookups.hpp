// All lookups of names of one io_context: shared, remembered for a while, and none in the way of another.
#pragma once

#include <netdb.h>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/task.hpp"
#include "transport/lookup_crew.hpp"
#include "transport/networks.hpp"

namespace carillon::net {

// What the system says of the name, by getaddrinfo() with these flags: it may take long (not with
// AI_NUMERICHOST).
Found ask_system(const std::string& name, int flags = 0);

// A service of the io_context, as Asio's own resolver is one: it is there when it is first asked for. Used on
// the io_context's thread only.
//
// One lookup of a name is under way at most, on a thread of its own; all that want the name wait for it. What
// was found is used for a minute, as curl does. When the name servers do not answer, or say that they cannot,
// what they said within the last hour is used again.
class Lookups final : public asio::execution_context::service {
 public:
  using key_type = Lookups;
  using Time = std::chrono::steady_clock::time_point;
  using Address = asio::ip::address;

  struct Limits {
    Crew::Size crew;
    // How long an answer is used.
    std::chrono::milliseconds fresh = std::chrono::minutes(1);
    // Likewise, when there is no newer one.
    std::chrono::milliseconds known = std::chrono::hours(1);
    // For a newer one, where an old one is known.
    std::chrono::milliseconds patience = std::chrono::seconds(2);
    // Before a newer one is asked for again.
    std::chrono::milliseconds again = std::chrono::seconds(10);
  };

  static Lookups& of(const asio::any_io_executor& executor);

  static asio::execution_context::id id;
  explicit Lookups(asio::execution_context& context);
  ~Lookups() override;
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;

  // How names are looked up, instead of by the system. Forgets all that is known. `ask` is called on threads
  // that nobody waits for: what it needs, it owns.
  void set(Ask ask, const Limits& limits);

  // The addresses of the name, in the system's order; at least one. Failure: unreachable, without the name.
  Task<std::vector<Address>> find(asio::any_io_executor executor, std::string name, Time deadline);

  // Where to connect at all, for every connection of this io_context: looked up or not. Open ones stay; what
  // is used again asks again.
  void allow(Networks networks) { allowed_ = std::move(networks); }
  bool allows(const Address& address) const { return allowed_.hold(address); }

  // Likewise, of an open connection.
  bool still_allows(const asio::ip::tcp::socket& socket) const;

  // Carillon ends: all that wait fail now, and so does what is not known already.
  void stop();

 private:
  struct Name;
  class Waiter;
  void shutdown() override;
  void begin(const asio::any_io_executor& executor, const std::string& key,
             const std::shared_ptr<Name>& name);
  void ended(Name& name, Found found) const;
  std::shared_ptr<Name> name_of(const std::string& key);

  Limits limits_;
  Networks allowed_;
  std::shared_ptr<Crew> crew_;
  std::unordered_map<std::string, std::shared_ptr<Name>> names_;
  bool stopped_ = false;
};

}  // namespace carillon::net
