#include "spool/copy.hpp"

namespace carillon::spool {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20U;

Task<void> compare(const File& one, const File& other, std::string name) {
  for (std::uint64_t at = 0; at < one.size(); at += piece) {
    auto first = co_await one.read(at, piece);
    if (!first) co_return failed(first);
    auto second = co_await other.read(at, piece);
    if (!second) co_return failed(second);
    if (*first != *second)
      co_return unreachable("the long log " + name + " is not what was copied: look at the disk of both");
  }
  co_return ok();
}

}  // namespace

Task<bool> copy_file(Spool& from, Spool& to, std::string name, std::uint64_t size) {
  auto source = co_await from.open(name, size);
  if (!source) co_return failed(source);
  if (!*source) co_return false;
  {
    const std::unique_ptr<Writer> writer = to.create(name);
    for (std::uint64_t at = 0; at < size; at += piece) {
      auto bytes = co_await (*source)->read(at, piece);
      if (!bytes) co_return failed(bytes);
      auto written = co_await writer->write_at(at, std::move(*bytes));
      if (!written) co_return failed(written);
    }
    auto done = co_await writer->finish(size);
    if (!done) co_return failed(done);
  }
  auto copied = co_await to.open(name, size);
  if (!copied) co_return failed(copied);
  if (!*copied) co_return unreachable("the long log " + name + " is not there after it was copied");
  auto same = co_await compare(**source, **copied, name);
  if (!same) co_return failed(same);
  co_return true;
}

}  // namespace carillon::spool
