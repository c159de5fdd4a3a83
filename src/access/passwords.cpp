#include "access/passwords.hpp"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <system_error>

#include "access/password_hash.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::access {
namespace {

constexpr std::int64_t largest_file = std::int64_t{4} << 20U;
// Of an empty file: what no password has, as slow as `carillon user hash` makes them.
constexpr std::string_view nobodys_hash =
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$OUbBQZ/t1G2DjcUsV.mN/328X3H4FOg43ogCAM9IDx1";

}  // namespace

Passwords::Passwords(std::string file, asio::thread_pool& workers, const Log& log)
    : file_(std::move(file)), workers_(workers), log_(log), key_(random_bytes(32)) {}

Passwords::Stamp Passwords::stamp_of(const std::string& file) {
  struct stat found{};
  if (stat(file.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, found.st_size, found.st_ino};
}

Passwords::Read Passwords::read(const std::string& file) {
  Read read;
  read.stamp = stamp_of(file);
  std::ifstream in(file, std::ios::binary);
  const int why = errno;
  if (!in) {
    read.trouble = "cannot read it: " + std::generic_category().message(why);
    return read;
  }
  if (read.stamp.size > largest_file) {
    read.trouble = "it is too large: at most 4 MB";
    return read;
  }
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) {
    read.trouble = "cannot read it";
    return read;
  }
  read.accounts = parse_accounts(text);
  return read;
}

std::vector<std::string> Passwords::complaints_of(const std::string& file) {
  Read found = read(file);
  if (!found.trouble.empty()) return {file + ": " + found.trouble};
  for (std::string& complaint : found.accounts.complaints)
    complaint = file + ":" + complaint;
  if (found.accounts.complaints.empty() && found.accounts.hashes.empty())
    return {file + ": there is no account in it; make one with `carillon user hash NAME >> " + file + "`"};
  return std::move(found.accounts.complaints);
}

std::shared_ptr<Passwords> Passwords::open(const std::string& file, asio::thread_pool& workers,
                                           const Log& log) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  std::shared_ptr<Passwords> made(new Passwords(file, workers, log));
  Read found = read(file);
  made->stamp_ = found.stamp;
  made->take(std::move(found));
  return made;
}

void Passwords::watch(const asio::any_io_executor& io) {
  asio::co_spawn(
      io,
      [](std::weak_ptr<Passwords> weak) -> asio::awaitable<void> {
        while (auto self = weak.lock()) {
          co_await self->look();
          self.reset();
          co_await sleep_for(look_every);
        }
      }(weak_from_this()),
      or_end);
}

asio::awaitable<void> Passwords::look() {
  const auto self = shared_from_this();
  const std::string file = file_;
  const Stamp known = stamp_;
  auto look = [](std::string path, Stamp before) -> asio::awaitable<std::optional<Read>> {
    if (stamp_of(path) == before) co_return std::nullopt;
    co_return read(path);
  };
  auto found = co_await asio::co_spawn(workers_, look(file, known), asio::use_awaitable);
  if (!found || found->stamp == stamp_) co_return;
  stamp_ = found->stamp;
  take(std::move(*found));
}

void Passwords::take(Read read) {
  if (!read.trouble.empty()) log_.error("access", "nobody can log in: " + file_ + ": " + read.trouble);
  for (const std::string& complaint : read.accounts.complaints)
    log_.error("access", "this account is left out: " + file_ + ":" + complaint);
  accounts_ = std::move(read.accounts);
}

std::string Passwords::mark_of(std::string_view user) const {
  const auto found = accounts_.hashes.find(user);
  return found == accounts_.hashes.end()
             ? ""
             : hex_encode(sha256("account " + found->first + ":" + found->second));
}

// One of the accounts, always the same for the user, whose hash takes as long.
std::string Passwords::stand_in(std::string_view user) const {
  if (accounts_.hashes.empty()) return std::string(nobodys_hash);
  const std::string chance = hmac_sha256(key_, user);
  const std::size_t number =
      std::accumulate(chance.begin(), chance.begin() + 4, std::size_t{0},
                      [](std::size_t sum, char c) { return sum * 256 + static_cast<unsigned char>(c); });
  return std::next(accounts_.hashes.begin(), static_cast<std::ptrdiff_t>(number % accounts_.hashes.size()))
      ->second;
}

asio::awaitable<Passwords::Answer> Passwords::check(std::string user, std::string password) {
  const auto self = shared_from_this();
  if (waiting_ >= most_waiting) co_return Answer::busy;
  ++waiting_;
  const std::shared_ptr<int> leave(&waiting_, [](int* count) { --*count; });
  co_await look();
  const auto found = accounts_.hashes.find(user);
  const bool known = found != accounts_.hashes.end();
  const std::string hash = known ? found->second : stand_in(user);
  auto compare = [](std::string given, std::string expected) -> asio::awaitable<bool> {
    co_return has_hash(given, expected);
  };
  const bool same =
      co_await asio::co_spawn(workers_, compare(std::move(password), hash), asio::use_awaitable);
  // The account may have gone while it was looked at.
  const auto now = accounts_.hashes.find(user);
  const bool still = now != accounts_.hashes.end() && now->second == hash;
  co_return same&& known&& still ? Answer::right : Answer::wrong;
}

}  // namespace carillon::access
