#include "transport/lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace carillon::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool finished = false;
  error_code error;
  Addresses addresses;
};

}  // namespace

Task<Addresses> look_up(asio::any_io_executor executor, std::string host, std::string port,
                        std::chrono::steady_clock::time_point deadline) {
  const auto lookup = std::make_shared<Lookup>(executor);
  const auto limit =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(host, port, [lookup](const error_code& error, Addresses addresses) {
    lookup->finished = true;
    lookup->error = error;
    lookup->addresses = std::move(addresses);
    lookup->done.cancel();
  });
  const auto [waited] = co_await lookup->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!lookup->finished) {
    if (waited == asio::error::operation_aborted) throw boost::system::system_error(waited);
    co_return unreachable("name lookup: no answer within " + in_words(limit));
  }
  if (lookup->error) co_return unreachable("name lookup: " + lookup->error.message());
  if (lookup->addresses.empty()) co_return unreachable("name lookup: no address");
  co_return lookup->addresses;
}

std::string in_words(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace carillon::net
