#include "pipeline/begun.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <system_error>

#include "base/encoding.hpp"

namespace carillon::pipeline {

struct Begun::Slot {
  enum class Progress : std::uint32_t { resting, wording, storing };
  RowId notification;  // 0: the slot is free
  std::array<char, 16> name;
  std::uint32_t deaths;
  Progress progress;
};

namespace {

using Name = std::array<char, 16>;

constexpr Name begun_mark = {'c', 'a', 'r', 'i', 'l', 'l', 'o', 'n', ' ', 'b', 'e', 'g', 'u', 'n', '\n', 1};
constexpr std::size_t slot_bytes = 32;  // one of them at the beginning for the mark
constexpr std::size_t first_slots = 1024;
constexpr int forget_deaths_above = 1000;  // more would be nonsense in the file

Name name_of(const Notification& notification) {
  const std::string hash = short_hash(id_of(*notification.event) + "\n" + notification.reporter);
  Name name{};
  std::copy_n(hash.begin(), std::min(hash.size(), name.size()), name.begin());
  return name;
}

std::string last_error() {
  return std::generic_category().message(errno);
}

}  // namespace

Begun::Begun(const std::string& path) {
  static_assert(sizeof(Slot) == slot_bytes);
  map(path);
  read_left();
}

Begun::~Begun() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
  if (file_ >= 0) close(file_);
}

void Begun::map(const std::string& path) {
  bytes_ = first_slots * slot_bytes;
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct stat found{};
  void* memory = MAP_FAILED;
  if (file_ >= 0 && fstat(file_, &found) == 0) {
    bytes_ = std::max(bytes_, static_cast<std::size_t>(found.st_size) / slot_bytes * slot_bytes);
    // With its place on the disk, or a full disk would end the process at a note.
    errno = posix_fallocate(file_, 0, static_cast<off_t>(bytes_));
    if (errno == 0) memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  }
  if (memory == MAP_FAILED) {
    trouble_ = path + ": " + last_error();
    if (file_ >= 0) close(file_);
    file_ = -1;
    bytes_ = first_slots * slot_bytes;
    memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
  }
  memory_ = static_cast<std::byte*>(memory);
}

bool Begun::grow() {
  const std::size_t wanted = bytes_ * 2;
  if (file_ >= 0 && posix_fallocate(file_, 0, static_cast<off_t>(wanted)) != 0) return false;
  void* memory = mremap(memory_, bytes_, wanted, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<std::byte*>(memory);
  for (std::size_t at = wanted / slot_bytes; at > bytes_ / slot_bytes; --at)
    free_.push_back(at - 1);
  bytes_ = wanted;
  return true;
}

void Begun::read_left() {
  if (std::memcmp(memory_, begun_mark.data(), begun_mark.size()) != 0) {
    std::memset(memory_, 0, bytes_);
    std::memcpy(memory_, begun_mark.data(), begun_mark.size());
  }
  auto* slots = reinterpret_cast<Slot*>(memory_);
  for (std::size_t at = bytes_ / slot_bytes - 1; at > 0; --at) {
    Slot& slot = slots[at];
    if (slot.notification <= 0 || slot.deaths > forget_deaths_above ||
        !slots_.emplace(slot.notification, at).second) {
      slot = Slot{};
      free_.push_back(at);
      continue;
    }
    if (slot.progress == Slot::Progress::wording) ++slot.deaths;
    slot.progress = Slot::Progress::resting;
  }
  if (file_ >= 0 && !slots_.empty()) msync(memory_, bytes_, MS_SYNC);
}

Begun::Slot* Begun::find(RowId notification) const {
  const auto at = slots_.find(notification);
  return at == slots_.end() ? nullptr : reinterpret_cast<Slot*>(memory_) + at->second;
}

std::vector<Begun::Left> Begun::left() const {
  std::vector<Left> all;
  for (const auto& [notification, at] : slots_) {
    const Slot& slot = reinterpret_cast<const Slot*>(memory_)[at];
    if (slot.progress == Slot::Progress::resting)
      all.push_back({notification, static_cast<int>(slot.deaths)});
  }
  std::ranges::sort(all, {}, &Left::notification);
  return all;
}

int Begun::deaths(RowId notification) const {
  const Slot* slot = find(notification);
  return slot == nullptr ? 0 : static_cast<int>(slot->deaths);
}

bool Begun::same(const Notification& notification) const {
  const Slot* slot = find(notification.id);
  return slot != nullptr && slot->name == name_of(notification);
}

void Begun::take_up(RowId notification) {
  if (Slot* slot = find(notification)) slot->progress = Slot::Progress::wording;
}

void Begun::begin(const Notification& notification) {
  if (Slot* slot = find(notification.id)) {
    slot->progress = Slot::Progress::wording;
    return;
  }
  if (free_.empty() && !grow()) return;  // it is worded all the same
  const std::size_t at = free_.back();
  free_.pop_back();
  Slot& slot = reinterpret_cast<Slot*>(memory_)[at];
  slot.name = name_of(notification);
  slot.deaths = 0;
  slot.progress = Slot::Progress::wording;
  slot.notification = notification.id;
  slots_.emplace(notification.id, at);
}

void Begun::worded(RowId notification) {
  if (Slot* slot = find(notification)) slot->progress = Slot::Progress::storing;
}

void Begun::rest(RowId notification) {
  Slot* slot = find(notification);
  if (slot == nullptr) return;
  slot->progress = Slot::Progress::resting;
  if (slot->deaths == 0) forget(notification);
}

void Begun::rest_all() {
  std::vector<RowId> all;
  for (const auto& [notification, at] : slots_)
    all.push_back(notification);
  for (const RowId notification : all)
    rest(notification);
}

void Begun::forget(RowId notification) {
  const auto at = slots_.find(notification);
  if (at == slots_.end()) return;
  reinterpret_cast<Slot*>(memory_)[at->second] = Slot{};
  free_.push_back(at->second);
  slots_.erase(at);
}

}  // namespace carillon::pipeline
