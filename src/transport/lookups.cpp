#include "transport/lookups.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/query.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <system_error>

#include "transport/lookup.hpp"
#include "transport/quietly.hpp"

namespace carillon::net {
namespace {

constexpr std::size_t most_names = 1024;  // that are remembered; a configuration names fewer

}  // namespace

Found ask_system(const std::string& name, int flags) {
  addrinfo wanted{};
  wanted.ai_flags = flags;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(name.c_str(), nullptr, &wanted, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, [](addrinfo* one) {
    if (one != nullptr) ::freeaddrinfo(one);
  });
  Found found;
  if (error != 0) {
    found.error = error == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(error);
    found.for_now = error != EAI_NONAME && error != EAI_NODATA;
    return found;
  }
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (one->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    if (one->ai_family == AF_INET || one->ai_family == AF_INET6)
      found.addresses.push_back(endpoint.address());
  }
  if (found.addresses.empty()) found.error = "no address";
  return found;
}

struct Lookups::Name {
  std::vector<Address> addresses;  // the last that were found
  Time fresh_until = Time::min();
  Time known_until = Time::min();
  std::string error;   // of the last lookup; empty: it found them
  bool slow = false;   // likewise: it took long, or its servers did not answer
  bool asked = false;  // a lookup is under way
  Time asked_at;       // since when
  unsigned ended = 0;  // how many have ended
  std::unordered_set<asio::steady_timer*> waiting;
};

class Lookups::Waiter {
 public:
  Waiter(const asio::any_io_executor& executor, std::shared_ptr<Name> name, Time until)
      : timer(executor, until), name_(std::move(name)) {
    name_->waiting.insert(&timer);
  }
  ~Waiter() { name_->waiting.erase(&timer); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  asio::steady_timer timer;  // cancelled when the lookup has ended

 private:
  std::shared_ptr<Name> name_;
};

asio::execution_context::id Lookups::id;

Lookups& Lookups::of(const asio::any_io_executor& executor) {
  return asio::use_service<Lookups>(asio::query(executor, asio::execution::context));
}

Lookups::Lookups(asio::execution_context& context)
    : service(context),
      crew_(std::make_shared<Crew>(limits_.crew, [](const std::string& name) { return ask_system(name); })) {}

Lookups::~Lookups() = default;

void Lookups::shutdown() {
  crew_->close();
}

void Lookups::set(Ask ask, const Limits& limits) {
  crew_->close();
  limits_ = limits;
  crew_ = std::make_shared<Crew>(limits.crew, std::move(ask));
  names_.clear();
}

bool Lookups::still_allows(const asio::ip::tcp::socket& socket) const {
  if (allowed_.hold_all()) return true;  // asking for the address costs a system call for each request
  boost::system::error_code gone;
  const asio::ip::tcp::endpoint peer = socket.remote_endpoint(gone);
  return !gone && allows(peer.address());
}

void Lookups::stop() {
  stopped_ = true;
  for (const auto& [key, name] : names_) {
    for (asio::steady_timer* timer : name->waiting)
      timer->cancel();
  }
}

std::shared_ptr<Lookups::Name> Lookups::name_of(const std::string& key) {
  if (names_.size() >= most_names && !names_.contains(key)) {
    std::erase_if(names_, [](const auto& one) { return !one.second->asked; });
  }
  auto& name = names_[key];
  if (!name) name = std::make_shared<Name>();
  return name;
}

void Lookups::begin(const asio::any_io_executor& executor, const std::string& key,
                    const std::shared_ptr<Name>& name) {
  name->asked = true;
  name->asked_at = std::chrono::steady_clock::now();
  crew_->ask(executor, key, name->slow, [this, name](Found found) { ended(*name, std::move(found)); });
}

void Lookups::ended(Name& name, Found found) const {
  const auto now = std::chrono::steady_clock::now();
  name.asked = false;
  ++name.ended;
  name.slow = found.for_now || now - name.asked_at > limits_.patience;
  name.error = std::move(found.error);
  if (name.error.empty()) {
    name.addresses = std::move(found.addresses);
    name.fresh_until = now + limits_.fresh;
    name.known_until = now + limits_.known;
  } else if (found.for_now) {
    if (now < name.known_until) name.fresh_until = std::min(now + limits_.again, name.known_until);
  } else {
    name.known_until = Time::min();
  }
  for (asio::steady_timer* timer : name.waiting)
    timer->cancel();
}

Task<std::vector<Lookups::Address>> Lookups::find(asio::any_io_executor executor, std::string key,
                                                  Time deadline) {
  const auto now = std::chrono::steady_clock::now();
  const std::shared_ptr<Name> name = name_of(key);
  if (now < name->fresh_until) co_return name->addresses;
  if (!stopped_ && !name->asked) begin(executor, key, name);
  const unsigned before = name->ended;
  const bool known = now < name->known_until;
  if (!stopped_) {
    Waiter waiter(executor, name, known ? std::min(deadline, name->asked_at + limits_.patience) : deadline);
    const auto [waited] = co_await waiter.timer.async_wait(quietly);
    const bool woken = name->ended != before || stopped_;
    if (waited == asio::error::operation_aborted && !woken) throw boost::system::system_error(waited);
  }
  if (name->ended != before && name->error.empty()) co_return name->addresses;
  if (std::chrono::steady_clock::now() < name->known_until) co_return name->addresses;
  if (name->ended != before) co_return unreachable(name->error);
  if (stopped_) co_return unreachable(given_up);
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  co_return unreachable("no answer within " + in_words(limit));
}

}  // namespace carillon::net
