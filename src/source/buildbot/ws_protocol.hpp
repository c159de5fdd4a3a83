// Buildbot's websocket protocol as a state machine without I/O: frames in, actions out.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace carillon::source::buildbot {

// Something that the master announced, as it came.
struct Heard {
  // Buildbot's routing key, "builds/7/finished".
  std::string key;
  json::object message;
  // Bytes of the frame.
  std::size_t size = 0;
};

// A routing key taken apart: "builds/7/properties/update" is {"builds", 7, "properties/update"}.
struct Key {
  std::string_view kind;
  std::int64_t id = 0;
  std::string_view verb;
};
// A key without a number in second place has the id -1. The views point into `key`.
Key split(std::string_view key);

class WsProtocol {
 public:
  struct Send {  // this text frame to the master
    std::string text;
  };
  // Every path is acknowledged: from here nothing is missed.
  struct Subscribed {};
  struct Note {  // a line for the log
    std::string text;
  };
  struct GiveUp {  // the connection is of no use
    std::string why;
  };
  using Action = std::variant<Send, Heard, Subscribed, Note, GiveUp>;

  // paths: what to consume, in Buildbot's notation with `*`.
  explicit WsProtocol(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // The connection is open: asks for all paths.
  std::vector<Action> start(Millis now);

  // A frame arrived. What is not understood becomes a Note.
  std::vector<Action> receive(std::string_view frame);

  // Gives up when an answer is overdue. Call it now and then.
  std::vector<Action> tick(Millis now);

  bool subscribed() const { return started_ && waiting_.empty(); }

 private:
  void receive_answer(const json::object& frame, const json::value& id, std::vector<Action>& actions);

  std::vector<std::string> paths_;
  // By _id, the paths that are not acknowledged yet.
  std::map<std::int64_t, std::string> waiting_;
  bool started_ = false;
  bool gave_up_ = false;
  Millis deadline_ = 0;
};

}  // namespace carillon::source::buildbot
