// Which notifications are being worded, in a file beside the database. What is written there outlives the
// process, so the next one knows what was under way when this one died, and how often that has happened.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/notification.hpp"

namespace carillon::pipeline {

// A note costs some writes to mapped memory: no transaction and no system call. It survives whatever ends the
// process, but not a power cut, which no notification is to blame for.
class Begun {
 public:
  // Reads what earlier processes left. Where the file cannot be used, notes are kept for this process alone,
  // and trouble() says why. One object for each file.
  explicit Begun(const std::string& path);
  ~Begun();
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;

  const std::optional<std::string>& trouble() const { return trouble_; }

  // What earlier processes left and nobody has begun since, in the order of the ids.
  struct Left {
    RowId notification = 0;
    // 0: it was worded, but is not known to be stored.
    int deaths = 0;
  };
  std::vector<Left> left() const;

  // Processes that died while they worded this notification.
  int deaths(RowId notification) const;
  // Whether the notification of that number is the one that was noted: the database may have been put back.
  bool same(const Notification& notification) const;

  // A notification that is left is about to be read, which may be too much already.
  void take_up(RowId notification);
  // Wording begins.
  void begin(const Notification& notification);
  // It only has to be stored: a death is not its fault.
  void worded(RowId notification);
  // Nothing of it is under way until it is begun again.
  void rest(RowId notification);
  // For a clean end.
  void rest_all();
  // It is done with.
  void forget(RowId notification);

 private:
  struct Slot;

  void map(const std::string& path);
  bool grow();
  void read_left();
  Slot* find(RowId notification) const;

  int file_ = -1;
  std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::optional<std::string> trouble_;
  // By notification.
  std::unordered_map<RowId, std::size_t> slots_;
  std::vector<std::size_t> free_;
};

}  // namespace carillon::pipeline
