#include "exec/box.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace carillon::exec {
namespace {

namespace fs = std::filesystem;

constexpr const char* report = ".report";
constexpr const char* running = ".running";
constexpr const char* part = ".part";
constexpr std::chrono::hours unfinished_after{1};  // nobody is still writing it

tl::unexpected<Failure> failed(const fs::path& what, int error) {
  return unreachable(what.string() + ": " + std::generic_category().message(error));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

// A name that was given to a file is on disk.
bool sync_folder(const fs::path& folder) {
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.get() >= 0 && ::fsync(directory.get()) == 0;
}

struct Found {
  std::string name;
  std::uint64_t bytes = 0;
};

// The files of that ending, the oldest first. What cannot be read is not there.
std::vector<Found> files(const fs::path& folder, std::string_view ending) {
  std::vector<Found> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (!name.ends_with(ending)) continue;
    std::error_code gone;
    const std::uint64_t bytes = at->file_size(gone);
    if (gone) continue;
    name.resize(name.size() - ending.size());
    found.push_back({std::move(name), bytes});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
  return found;
}

struct Content {
  std::string url;  // of the server that it is for
  std::string lines;
};

Result<Content> content_of(const fs::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return failed(path, errno != 0 ? errno : EIO);
  Content content;
  if (!std::getline(in, content.url) || content.url.empty())
    return unreachable(path.string() + ": names no server");
  content.lines.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (in.bad() || content.lines.empty()) return unreachable(path.string() + ": is not whole");
  return content;
}

bool is_file(const fs::path& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

fs::path Box::file(const std::string& name, const char* ending) const {
  return folder_ / (name + ending);
}

Result<void> Box::make_folder(const fs::path& folder) const {
  if (folder_.empty()) return unreachable("there is no folder for it: give --spool, or set $HOME");
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (error) return failed(folder.parent_path(), error.value());
  if (::mkdir(folder.c_str(), 0700) == 0) return ok();
  if (errno != EEXIST) return failed(folder, errno);
  if (!fs::is_directory(folder, error)) return failed(folder, ENOTDIR);
  return ok();
}

Result<Descriptor> Box::write_part(const fs::path& path, const std::string& lines) const {
  Descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (out.get() < 0) return failed(path, errno);
  if (::flock(out.get(), LOCK_EX) != 0 || !write_all(out.get(), url_ + "\n" + lines) ||
      ::fsync(out.get()) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return failed(path, error);
  }
  return out;
}

Result<void> Box::begin(const std::string& name, const std::string& lines) {
  if (auto made = make_folder(folder_); !made) return made;
  const fs::path path = file(name, part);
  auto written = write_part(path, lines);
  if (!written) return failed(written);
  if (::rename(path.c_str(), file(name, running).c_str()) != 0 || !sync_folder(folder_)) {
    return failed(file(name, running), errno);
  }
  running_ = std::move(*written);  // its lock says that this process lives
  return ok();
}

Result<void> Box::put(const std::string& name, const std::string& lines) {
  if (auto made = make_folder(folder_); !made) return made;
  make_room(folder_, lines.size());
  const fs::path path = file(name, part);
  const auto written = write_part(path, lines);
  if (!written) return failed(written);
  if (::rename(path.c_str(), file(name, report).c_str()) != 0 || !sync_folder(folder_)) {
    return failed(file(name, report), errno);
  }
  forget(name);
  return ok();
}

void Box::forget(const std::string& name) {
  ::unlink(file(name, running).c_str());
  running_ = Descriptor();
}

bool Box::has(const std::string& name) const {
  return ::access(file(name, report).c_str(), F_OK) == 0;
}

void Box::make_room(const fs::path& folder, std::uint64_t bytes) {
  std::vector<Found> all = files(folder, report);
  for (const Found& one : all)
    bytes += one.bytes;
  std::size_t left = all.size();
  std::string first;
  for (const Found& one : all) {
    if (left < limits_.reports && bytes <= limits_.bytes) break;
    const fs::path path = folder / (one.name + report);
    if (::unlink(path.c_str()) != 0) {
      pass_over(one.name, "cannot be dropped to make room: " + failed(path, errno).value().what);
      continue;
    }
    bytes -= one.bytes;
    --left;
    if (first.empty()) first = one.name;
  }
  const std::size_t dropped = all.size() - left;
  if (dropped == 0) return;
  say_("there is no more room in " + folder.string() + ": dropped the " + std::to_string(dropped) +
       (dropped == 1 ? " oldest report, " : " oldest reports, the first of them ") + first);
}

Result<std::optional<Descriptor>> Box::become_sender() {
  if (auto made = make_folder(folder_); !made) return failed(made);
  fs::path path = folder_ / "lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0 && (errno == EACCES || errno == EISDIR)) {
    // Another user's, of one call with sudo. Should that send now, the server knows what it hears twice.
    path = folder_ / ("lock-" + std::to_string(::geteuid()));
    lock = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  if (lock.get() < 0) return failed(path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return std::optional<Descriptor>(std::move(lock));
  if (errno == EWOULDBLOCK) return std::optional<Descriptor>();
  return failed(path, errno);
}

void Box::pass_over(const std::string& name, const std::string& why) {
  if (passed_over_.insert(name).second) say_("stepped over " + name + ": " + why);
}

void Box::adopt_lost() {
  for (const Found& one : files(folder_, running)) {
    const fs::path path = file(one.name, running);
    const Descriptor lost(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (lost.get() < 0) {
      if (errno != ENOENT) pass_over(one.name, failed(path, errno).value().what);
      continue;
    }
    if (::flock(lost.get(), LOCK_EX | LOCK_NB) != 0) continue;
    // Its process is gone, so nobody makes its report now. If it got as far as that, that one stands.
    const fs::path taken_over = file(one.name, report);
    if (is_file(taken_over)) {
      ::unlink(path.c_str());
    } else if (::rename(path.c_str(), taken_over.c_str()) == 0) {
      sync_folder(folder_);
    } else if (errno != ENOENT) {
      pass_over(one.name, "cannot be taken over: " + failed(path, errno).value().what);
    }
  }
  for (const Found& one : files(folder_, part)) {
    std::error_code gone;
    const auto written = fs::last_write_time(file(one.name, part), gone);
    if (!gone && written < fs::file_time_type::clock::now() - unfinished_after)
      ::unlink(file(one.name, part).c_str());
  }
}

std::optional<Box::Report> Box::oldest() {
  for (const Found& one : files(folder_, report)) {
    if (passed_over_.contains(one.name)) continue;
    auto content = content_of(file(one.name, report));
    if (!content) {
      pass_over(one.name, content.error().what + "; look after it, or remove it");
    } else if (content->url == url_) {
      return Report{one.name, std::move(content->lines)};
    }
  }
  return std::nullopt;
}

void Box::remove(const std::string& name) {
  const fs::path path = file(name, report);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    pass_over(name, "it was sent, but cannot be removed: " + failed(path, errno).value().what);
}

Result<void> Box::set_aside(const std::string& name) {
  const fs::path folder = folder_ / "refused";
  auto moved = make_folder(folder);
  if (moved) {
    std::error_code unknown;
    make_room(folder, fs::file_size(file(name, report), unknown));
    if (::rename(file(name, report).c_str(), (folder / (name + report)).c_str()) != 0)
      moved = failed(folder / (name + report), errno);
  }
  if (!moved) passed_over_.insert(name);
  return moved;
}

Box::Count Box::count() const {
  Count count;
  for (const Found& one : files(folder_, report)) {
    const auto content = content_of(file(one.name, report));
    if (!content) continue;
    ++(content->url == url_ ? count.here : count.elsewhere);
  }
  return count;
}

fs::path usual_spool() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (const std::string state = variable("XDG_STATE_HOME"); state.starts_with("/")) {
    return fs::path(state) / "carillon" / "spool";
  }
  if (const std::string home = variable("HOME"); home.starts_with("/") && home != "/") {
    return fs::path(home) / ".local" / "state" / "carillon" / "spool";
  }
  return {};
}

}  // namespace carillon::exec
