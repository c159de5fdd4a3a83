#include "spool/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

namespace carillon::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t threads = 2;                              // one may be waiting for a disk to take a lot
constexpr std::uint64_t flush_after = std::uint64_t{8} << 20U;  // bytes: no long wait at the end
constexpr std::chrono::seconds pause_when_full{10};
constexpr std::string_view part = ".part-";

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

// What a Writer's jobs work on; the last of them to let go removes what was not finished.
struct Unfinished {
  Unfinished(const fs::path& folder, std::string file_name, const std::string& suffix,
             std::uint64_t kept_free)
      : name(std::move(file_name)), path(folder / (name + suffix)), reserve(kept_free) {}
  ~Unfinished() {
    if (file && !finished) ::unlink(path.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  Result<void> open() {
    if (file) return ok();
    const fs::path folder = path.parent_path();
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return failed("cannot make the folder " + folder.filename().string(), errno);
    }
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
    const fs::path folder = path.parent_path();
    if (::rename(path.c_str(), (folder / name).c_str()) != 0) {
      return failed("cannot write to the spool", errno);
    }
    finished = true;
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
      return failed("cannot write to the spool", errno);
    }
    return ok();
  }

  std::string name;
  fs::path path;
  std::uint64_t reserve;
  std::unique_ptr<Descriptor> file;
  std::uint64_t unflushed = 0;
  bool finished = false;
};

// Runs the work on the threads and resumes on the executor of the io_context.
template <class T>
Task<T> perform(asio::thread_pool& pool, asio::any_io_executor io, std::function<Result<T>()> work) {
  auto initiate = [&pool, io](auto handler, std::function<Result<T>()> the_work) {
    auto job = [guard = asio::make_work_guard(io), io, handler = std::move(handler),
                the_work = std::move(the_work)]() mutable {
      auto result = the_work();
      the_work = nullptr;
      asio::post(io, [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    };
    asio::post(pool, std::move(job));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
      initiate, asio::use_awaitable, std::move(work));
}

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

}  // namespace

class Spool::OpenFile final : public File {
 public:
  OpenFile(Spool& spool, std::shared_ptr<Descriptor> file, std::uint64_t size)
      : spool_(spool), file_(std::move(file)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  Task<std::string> read(std::uint64_t offset, std::size_t bytes) const override {
    std::function<Result<std::string>()> work = [file = file_, offset, bytes] {
      return read_at(file->get(), offset, bytes);
    };
    return perform(spool_.threads_, spool_.io_, std::move(work));
  }

 private:
  Spool& spool_;
  std::shared_ptr<Descriptor> file_;
  std::uint64_t size_;
};

class Spool::OpenWriter final : public Writer {
 public:
  OpenWriter(Spool& spool, std::shared_ptr<Unfinished> file) : spool_(spool), file_(std::move(file)) {}

  Task<void> write_at(std::uint64_t offset, std::string bytes) override {
    std::function<Result<void>()> work = [file = file_, offset, bytes = std::move(bytes)] {
      return file->write_at(offset, bytes);
    };
    return perform(spool_.threads_, spool_.io_, std::move(work));
  }

  Task<void> finish(std::uint64_t size) override {
    std::function<Result<void>()> work = [file = file_, size] { return file->finish(size); };
    return perform(spool_.threads_, spool_.io_, std::move(work));
  }

 private:
  Spool& spool_;
  std::shared_ptr<Unfinished> file_;
};

Spool::Spool(asio::any_io_executor io, std::filesystem::path folder, std::uint64_t reserve)
    : io_(std::move(io)),
      folder_(std::move(folder)),
      reserve_(reserve),
      unfinished_(std::string(part) + std::to_string(::getpid()) + "-" +
                  std::to_string(std::chrono::system_clock::now().time_since_epoch().count())),
      threads_(threads) {}

Spool::~Spool() = default;

std::unique_ptr<Writer> Spool::create(const std::string& name) {
  return std::make_unique<OpenWriter>(*this,
                                      std::make_shared<Unfinished>(folder_, name, unfinished_, reserve_));
}

Task<std::shared_ptr<const File>> Spool::open(std::string name, std::uint64_t size) {
  using Shared = std::shared_ptr<const File>;
  std::function<Result<Shared>()> work = [this, path = folder_ / name, size]() -> Result<Shared> {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return Shared();
    if (fd < 0) return unreachable("cannot read from the spool: " + text_of(errno));
    auto file = std::make_shared<Descriptor>(fd);
    struct stat facts{};
    if (::fstat(fd, &facts) != 0) return unreachable("cannot read from the spool: " + text_of(errno));
    if (std::cmp_not_equal(facts.st_size, size)) return Shared();
    return Shared(std::make_shared<const OpenFile>(*this, std::move(file), size));
  };
  return perform(threads_, io_, std::move(work));
}

Task<std::vector<Spool::Entry>> Spool::entries() {
  using Entries = std::vector<Entry>;
  std::function<Result<Entries>()> work = [folder = folder_, mine = unfinished_]() -> Result<Entries> {
    Entries entries;
    std::error_code error;
    fs::directory_iterator at(folder, error);
    if (error == std::errc::no_such_file_or_directory) return entries;
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.find(part) == std::string::npos) {
        const std::uintmax_t size = at->file_size(error);
        if (!error) entries.push_back({name, size});
        if (error == std::errc::no_such_file_or_directory) error.clear();  // removed meanwhile
      } else if (!name.ends_with(mine)) {
        ::unlink(at->path().c_str());
      }
    }
    if (error) return unreachable("cannot read the folder of the spool: " + error.message());
    return entries;
  };
  return perform(threads_, io_, std::move(work));
}

Task<void> Spool::remove(std::vector<std::string> names) {
  std::function<Result<void>()> work = [folder = folder_, names = std::move(names)]() -> Result<void> {
    for (const std::string& name : names) {
      if (::unlink((folder / name).c_str()) != 0 && errno != ENOENT) {
        return unreachable("cannot remove a file of the spool: " + text_of(errno));
      }
    }
    return ok();
  };
  return perform(threads_, io_, std::move(work));
}

}  // namespace carillon::spool
