#include "transport/socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "transport/lookup.hpp"
#include "transport/lookups.hpp"
#include "transport/quietly.hpp"

namespace carillon::net {
namespace {

// Why no address was reached: each reason once, with the addresses behind it.
class Refusals {
 public:
  void add(const asio::ip::address& address, const std::string& why) {
    ++count_;
    const auto known = std::ranges::find(reasons_, why, &Reason::first);
    if (known == reasons_.end()) {
      reasons_.emplace_back(why, address.to_string());
    } else {
      known->second += ", " + address.to_string();
    }
  }

  std::string text() const {
    std::string text = "connect: ";
    for (const auto& [why, addresses] : reasons_) {
      if (&why != &reasons_.front().first) text += "; ";
      text += why;
      if (count_ > 1) text += " (" + addresses + ")";
    }
    return text;
  }

 private:
  using Reason = std::pair<std::string, std::string>;  // addresses
  std::vector<Reason> reasons_;
  int count_ = 0;
};

// Parts of a limit are no round numbers.
std::string rounded(std::chrono::steady_clock::duration part) {
  using namespace std::chrono;
  if (part >= 1s) return in_words(round<seconds>(part));
  return in_words(ceil<milliseconds>(part));
}

}  // namespace

Task<void> Socket::connect(std::string host, std::string port, Time deadline) {
  auto endpoints = co_await look_up(executor(), std::move(host), std::move(port), deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  auto connected = co_await try_in_turn(std::move(*endpoints), deadline);
  rest();
  co_return connected;
}

Task<void> Socket::try_in_turn(std::vector<tcp::endpoint> endpoints, Time deadline) {
  Refusals refusals;
  auto untried = static_cast<int>(endpoints.size());
  for (const auto& endpoint : endpoints) {
    if (closed_) co_return unreachable("closed");
    error_code ignored;
    socket_.close(ignored);
    timed_out_ = false;
    const auto now = std::chrono::steady_clock::now();
    const auto part = std::max<Time::duration>((deadline - now) / untried--, std::chrono::milliseconds(1));
    allow(now + part);
    const auto [error] = co_await socket_.async_connect(endpoint, quietly);
    if (!error) {
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.set_option(asio::socket_base::keep_alive(true), ignored);
      co_return ok();
    }
    refusals.add(endpoint.address(), timed_out_ ? "no answer within " + rounded(part) : why(error));
  }
  co_return unreachable(refusals.text());
}

void Socket::allow(Time deadline) {
  deadline_ = deadline;
  if (deadline == Time::max() || (watching_ && watchdog_.expiry() <= deadline)) return;
  watching_ = true;
  watchdog_.expires_at(deadline);
  watchdog_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->watch();
  });
}

void Socket::watch() {
  watching_ = false;
  if (deadline_ == Time::max()) return;
  if (std::chrono::steady_clock::now() < deadline_) return allow(deadline_);
  timed_out_ = true;
  error_code ignored;
  socket_.close(ignored);
}

void Socket::rest() {
  deadline_ = Time::max();
  watching_ = false;
  watchdog_.cancel();
}

void Socket::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  rest();
}

std::string Socket::why(const error_code& error) const {
  if (timed_out_) return "time-out";
  if (closed_) return "closed";
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  return error.message();
}

bool Socket::quiet() {
  if (!socket_.is_open() || !Lookups::of(executor()).still_allows(socket_)) return false;
  char byte = 0;
  const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace carillon::net
