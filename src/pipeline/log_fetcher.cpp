#include "pipeline/log_fetcher.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t at_once = 2;         // logs of one master
constexpr std::size_t most_known = 1'000;  // files that are found again without asking the master
constexpr std::size_t random_in_name = 6;  // bytes
constexpr std::uint64_t room_step = std::uint64_t{4} << 20U;  // bytes reserved at a time

std::string key_of(const WantedLog& wanted) {
  const bool plain = wanted.plain && wanted.stream;
  return wanted.source->name() + '\0' + wanted.occurrence + '\0' + std::to_string(wanted.id) + '\0' +
         std::to_string(wanted.lines) + (plain ? "p" : "");
}

// Another try later is better than a short log: what is stored meanwhile goes the same way.
bool is_away(const Failure& failure) {
  return failure.kind == Failure::Kind::unreachable && failure.retry_after.has_value();
}

// Room in the spool for one file, given back unless the file came into being.
class Reserved {
 public:
  explicit Reserved(SpoolRoom& room) : room_(room) {}
  ~Reserved() { room_.give_back(bytes_); }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  Task<bool> reach(std::uint64_t bytes) {
    if (bytes <= bytes_) co_return true;
    std::uint64_t more = bytes - bytes_;
    if (room_.left() > room_step) more = std::max(more, room_step);  // nothing has to go for it
    auto taken = co_await room_.take(more);
    if (taken && *taken) bytes_ += more;
    co_return taken;
  }
  // The file has that size: what was taken beyond it is free again.
  void become(std::uint64_t size) {
    room_.give_back(bytes_ - size);
    bytes_ = 0;
  }

 private:
  SpoolRoom& room_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

LogFetcher::LogFetcher(spool::Spool& spool, SpoolRoom& room, const Clock& clock, const Log& log)
    : spool_(spool), room_(room), clock_(clock), log_(log), life_(hex_encode(random_bytes(random_in_name))) {}

std::string LogFetcher::new_name(const std::string& key) {
  return short_hash(key) + "-" + std::to_string(clock_.now()) + "-" + life_ + "-" + std::to_string(++names_);
}

// A file with all of it serves whoever takes that much; a shortened one whoever wants it as short.
std::optional<LogFetcher::Known> LogFetcher::known(const std::string& key, std::uint64_t max_size) {
  for (const Known& one : known_) {
    const bool fits = one.cut ? one.max_size == max_size : one.file.size <= max_size;
    if (one.key != key || !fits) continue;
    Known found = one;
    found.file.kept = room_.hold(found.file.name);
    if (found.file.kept != nullptr) return found;
  }
  return std::nullopt;
}

Task<FetchedLog> LogFetcher::fetch(WantedLog wanted) {
  const spool::Spool::Limit limit = spool_.limit();
  const bool limited = wanted.max_size > limit.bytes;
  if (limited) wanted.max_size = limit.bytes;
  const auto take = [&](FetchedLog& fetched, Known found) {
    fetched.file = std::move(found.file);
    if (found.cut && limited) fetched.note = "is shortened: " + limit.why;
  };
  const std::string key = key_of(wanted);
  auto& slot = (*under_way_)[key];
  if (slot == nullptr) slot = std::make_shared<Gate>(1);
  const std::shared_ptr<Gate> alone = slot;
  // Of the map itself: this may be gone when a process ends in the middle.
  const auto forget = [under_way = under_way_, key](const std::shared_ptr<Gate>* gate) {
    if (gate->use_count() <= 2) under_way->erase(key);  // the map's and this one
  };
  const std::unique_ptr<const std::shared_ptr<Gate>, decltype(forget)> last(&alone, forget);
  const Gate::Place place = co_await alone->enter();

  FetchedLog fetched;
  if (auto found = known(key, wanted.max_size)) {
    take(fetched, std::move(*found));
    co_return fetched;
  }

  auto& gate = gates_[wanted.source->name()];
  if (gate == nullptr) gate = std::make_unique<Gate>(at_once);
  const Gate::Place turn = co_await gate->enter();

  LogReader reader(wanted.source, wanted.id, wanted.lines);
  const auto in_memory = static_cast<std::size_t>(std::min<std::uint64_t>(short_log, wanted.max_size));
  if (wanted.max_size > short_log) {
    std::string begin;
    while (begin.size() <= wanted.in_memory) {
      auto piece = co_await reader.next();
      if (!piece) co_return failed(piece);
      if (piece->empty()) {
        fetched.text = std::move(begin);
        co_return fetched;
      }
      begin += *piece;
    }
    reader.unread(std::move(begin));
    std::string no_room;
    auto file = co_await to_file(wanted, key, reader, no_room);
    if (!file) co_return failed(file);
    if (*file) {
      take(fetched, std::move(**file));
      co_return fetched;
    }
    fetched.note = "is shortened: " + no_room;
    reader.rewind();
  }
  auto text = co_await read_log(reader, in_memory);
  if (!text) co_return failed(text);
  fetched.text = std::move(*text);
  co_return fetched;
}

Task<std::optional<LogFetcher::Known>> LogFetcher::to_file(const WantedLog& wanted, const std::string& key,
                                                           LogReader& reader, std::string& no_room) {
  reporter::LogFile file;
  file.name = new_name(key);
  Reserved reserved(room_);
  const auto writer = spool_.create(file.name);
  // What goes wrong here is the spool's fault, not the master's.
  const WriteAt write = [&](std::uint64_t offset, std::string bytes) -> Task<void> {
    auto room = co_await reserved.reach(offset + bytes.size());
    if (!room || !*room) {
      no_room = room ? "the spool is full" : room.error().what;
      co_return unreachable(no_room);
    }
    auto written = co_await writer->write_at(offset, std::move(bytes));
    if (!written && !is_away(written.error())) no_room = written.error().what;
    co_return written;
  };
  auto copied = co_await copy_log(reader, wanted.max_size, wanted.plain && wanted.stream, write);
  if (!copied && no_room.empty()) co_return failed(copied);
  if (copied) {
    auto finished = co_await writer->finish(copied->size);
    if (!finished && is_away(finished.error())) co_return failed(finished);
    if (!finished) no_room = finished.error().what;
  }
  if (!no_room.empty()) {
    log_.warning("spool", "a log of " + wanted.source->name() + " is shortened: " + no_room);
    co_return std::nullopt;
  }
  reserved.become(copied->size);
  file.size = copied->size;
  file.escaped = copied->escaped;
  Known made{key, std::move(file), wanted.max_size, copied->cut};
  known_.push_back(made);
  if (known_.size() > most_known) known_.pop_front();
  made.file.kept = room_.add(made.file.name, made.file.size);
  co_return made;
}

}  // namespace carillon::pipeline
