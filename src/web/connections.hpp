// Which connections are open: bounded in all and for each address.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace carillon::web {

// An address as limits count it: IPv4 as it is (also mapped into IPv6), of IPv6 the network of 64 bits, which
// is one customer's: "192.0.2.7", "2001:db8::/64".
std::string address_of(const boost::asio::ip::address& address);

// Whoever only waits (for a header, for the other side to read) makes room for newcomers, the longest waiting
// first, so that a connection with a request to send always finds a place. Those at work keep theirs. For the
// io_context thread.
class Connections {
 public:
  Connections(std::size_t in_all, std::size_t per_address) : in_all_(in_all), per_address_(per_address) {}
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // A place of one connection; free again when it is destroyed. Not after Connections. It waits at first.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // From now on.
    void wait();
    void work();

   private:
    friend class Connections;
    Place(Connections& table, std::string address, std::function<void()> close);
    void leave();

    Connections& table_;
    std::string address_;
    std::function<void()> close_;
    // Among those that wait or those that work.
    std::list<Place*>::iterator at_;
    bool waits_ = true;
    bool gone_ = false;
  };

  // `close` ends the connection when it has to make room; it is called at most once and must not destroy the
  // place itself. Null: every place is taken by one that works.
  std::unique_ptr<Place> enter(std::string address, std::function<void()> close);

  // Ends the connection that has waited longest. False: none waits.
  bool make_room();

  std::size_t size() const { return waiting_.size() + working_.size(); }

 private:
  bool make_room_of(const std::string& address);
  static void evict(Place& place);

  std::size_t in_all_;
  std::size_t per_address_;
  // The longest first.
  std::list<Place*> waiting_;
  std::list<Place*> working_;
  std::map<std::string, std::size_t, std::less<>> of_address_;
};

}  // namespace carillon::web
