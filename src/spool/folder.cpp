#include "spool/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <system_error>
#include <utility>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t threads = 2;                              // one may be waiting for a disk to take a lot
constexpr std::uint64_t flush_after = std::uint64_t{8} << 20U;  // bytes: no long wait at the end
constexpr std::chrono::seconds pause_when_full{10};
constexpr std::string_view part = ".part-";
// Whoever writes does so more often; and clocks of machines differ by less.
constexpr std::chrono::hours longest_silence{1};

std::string text_of(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Failure> failed(const std::string& what, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return throttled("the disk is full: " + what, pause_when_full);
  }
  return unreachable(what + ": " + text_of(error));
}

// Closes the descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct FolderHome {
  FolderHome(fs::path at, Folder::Writers who) : path(std::move(at)), writers(who) {}

  Result<void> make() {
    const bool once = writers == Folder::Writers::several;
    if (once && made.exchange(true)) return ok();
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return ok();
    const int error = errno;
    made = false;
    return failed("cannot make the folder " + path.filename().string(), error);
  }
  // Of what is not there: whether that is so because the folder is not.
  Result<void> check() const {
    std::error_code unknown;
    if (writers == Folder::Writers::one || fs::exists(path, unknown)) return ok();
    return unreachable("the folder " + path.string() + " of the spool is not there: is it mounted?");
  }

  const fs::path path;
  const Folder::Writers writers;
  std::atomic<bool> made = false;
};

namespace {

// What a Writer's jobs work on; the last of them to let go removes what was not finished.
struct Unfinished {
  Unfinished(std::shared_ptr<FolderHome> folder, std::string file_name, const std::string& suffix,
             std::uint64_t kept_free)
      : home(std::move(folder)),
        name(std::move(file_name)),
        path(home->path / (name + suffix)),
        reserve(kept_free) {}
  ~Unfinished() {
    if (file && !finished) ::unlink(path.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  Result<void> open() {
    if (file) return ok();
    if (auto made = home->make(); !made) return made;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed("cannot write to the spool", errno);
    file = std::make_unique<Descriptor>(fd);
    return ok();
  }

  Result<void> check_room() const {
    struct statvfs disk{};
    if (::fstatvfs(file->get(), &disk) != 0) return ok();
    if (std::uint64_t{disk.f_bavail} * disk.f_frsize >= reserve) return ok();
    return throttled("the disk is nearly full: what is left is kept for the database", pause_when_full);
  }

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) {
    if (auto opened = open(); !opened) return opened;
    if (auto room = check_room(); !room) return room;
    while (!bytes.empty()) {
      const ssize_t size = ::pwrite(file->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return failed("cannot write to the spool", errno);
      bytes.remove_prefix(static_cast<std::size_t>(size));
      offset += static_cast<std::uint64_t>(size);
      unflushed += static_cast<std::uint64_t>(size);
    }
    if (unflushed < flush_after) return ok();
    unflushed = 0;
    if (::fdatasync(file->get()) != 0) return failed("cannot write to the spool", errno);
    return ok();
  }

  Result<void> finish(std::uint64_t size) {
    if (auto opened = open(); !opened) return opened;
    if (::ftruncate(file->get(), static_cast<off_t>(size)) != 0 || ::fsync(file->get()) != 0) {
      return failed("cannot write to the spool", errno);
    }
    if (::rename(path.c_str(), (home->path / name).c_str()) != 0) {
      return failed("cannot write to the spool", errno);
    }
    finished = true;
    const Descriptor directory(::open(home->path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
      return failed("cannot write to the spool", errno);
    }
    return ok();
  }

  std::shared_ptr<FolderHome> home;
  std::string name;
  fs::path path;
  std::uint64_t reserve;
  std::unique_ptr<Descriptor> file;
  std::uint64_t unflushed = 0;
  bool finished = false;
};

Result<std::string> read_at(int fd, std::uint64_t offset, std::size_t bytes) {
  std::string out(bytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t size =
        ::pread(fd, out.data() + filled, bytes - filled, static_cast<off_t>(offset + filled));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return unreachable("cannot read from the spool: " + text_of(errno));
    if (size == 0) break;
    filled += static_cast<std::size_t>(size);
  }
  out.resize(filled);
  return out;
}

// Whether nobody writes it any more. False where that cannot be found out: another look may.
bool is_left(const fs::path& path) {
  std::error_code unreadable;
  const auto written = fs::last_write_time(path, unreadable);
  return !unreadable && fs::file_time_type::clock::now() - written > longest_silence;
}

}  // namespace

class Folder::OpenFile final : public File {
 public:
  OpenFile(Folder& folder, std::shared_ptr<Descriptor> file, std::uint64_t size)
      : folder_(folder), file_(std::move(file)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  Task<std::string> read(std::uint64_t offset, std::size_t bytes) const override {
    std::function<Result<std::string>()> work = [file = file_, offset, bytes] {
      return read_at(file->get(), offset, bytes);
    };
    return folder_.threads_.perform(std::move(work));
  }

 private:
  Folder& folder_;
  std::shared_ptr<Descriptor> file_;
  std::uint64_t size_;
};

class Folder::OpenWriter final : public Writer {
 public:
  OpenWriter(Folder& folder, std::shared_ptr<Unfinished> file) : folder_(folder), file_(std::move(file)) {}

  Task<void> write_at(std::uint64_t offset, std::string bytes) override {
    std::function<Result<void>()> work = [file = file_, offset, bytes = std::move(bytes)] {
      return file->write_at(offset, bytes);
    };
    return folder_.threads_.perform(std::move(work));
  }

  Task<void> finish(std::uint64_t size) override {
    std::function<Result<void>()> work = [file = file_, size] { return file->finish(size); };
    return folder_.threads_.perform(std::move(work));
  }

 private:
  Folder& folder_;
  std::shared_ptr<Unfinished> file_;
};

Folder::Folder(asio::any_io_executor io, std::filesystem::path folder, std::uint64_t reserve, Writers writers)
    : home_(std::make_shared<FolderHome>(std::move(folder), writers)),
      reserve_(reserve),
      unfinished_(std::string(part) + hex_encode(random_bytes(8))),
      threads_(std::move(io), threads) {}

const std::filesystem::path& Folder::folder() const {
  return home_->path;
}

std::unique_ptr<Writer> Folder::create(const std::string& name) {
  return std::make_unique<OpenWriter>(*this,
                                      std::make_shared<Unfinished>(home_, name, unfinished_, reserve_));
}

Task<std::shared_ptr<const File>> Folder::open(std::string name, std::uint64_t size) {
  using Shared = std::shared_ptr<const File>;
  std::function<Result<Shared>()> work = [this, home = home_, path = home_->path / name,
                                          size]() -> Result<Shared> {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
      if (auto there = home->check(); !there) return carillon::failed(there);
      return Shared();
    }
    if (fd < 0) return unreachable("cannot read from the spool: " + text_of(errno));
    auto file = std::make_shared<Descriptor>(fd);
    struct stat facts{};
    if (::fstat(fd, &facts) != 0) return unreachable("cannot read from the spool: " + text_of(errno));
    if (std::cmp_not_equal(facts.st_size, size)) return Shared();
    return Shared(std::make_shared<const OpenFile>(*this, std::move(file), size));
  };
  return threads_.perform(std::move(work));
}

Task<std::vector<Folder::Entry>> Folder::entries() {
  using Entries = std::vector<Entry>;
  std::function<Result<Entries>()> work = [home = home_, mine = unfinished_]() -> Result<Entries> {
    const bool shared = home->writers == Writers::several;
    if (shared) {
      if (auto made = home->make(); !made) return carillon::failed(made);
    }
    Entries entries;
    std::error_code error;
    fs::directory_iterator at(home->path, error);
    if (error == std::errc::no_such_file_or_directory) {
      if (auto there = home->check(); !there) return carillon::failed(there);
      return entries;
    }
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      const std::string name = at->path().filename().string();
      const bool is_part = name.find(part) != std::string::npos;
      if (!is_part && !is_name(name)) continue;
      if (!is_part) {
        const std::uintmax_t size = at->file_size(error);
        if (!error) entries.push_back({name, size});
        if (error == std::errc::no_such_file_or_directory) error.clear();  // removed meanwhile
      } else if (!name.ends_with(mine) && (!shared || is_left(at->path()))) {
        ::unlink(at->path().c_str());
      }
    }
    if (error) return unreachable("cannot read the folder of the spool: " + error.message());
    return entries;
  };
  return threads_.perform(std::move(work));
}

Task<void> Folder::remove(std::vector<std::string> names) {
  std::function<Result<void>()> work = [home = home_, names = std::move(names)]() -> Result<void> {
    for (const std::string& name : names) {
      if (::unlink((home->path / name).c_str()) != 0 && errno != ENOENT) {
        return unreachable("cannot remove a file of the spool: " + text_of(errno));
      }
    }
    return ok();
  };
  return threads_.perform(std::move(work));
}

}  // namespace carillon::spool
