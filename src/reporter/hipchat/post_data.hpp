// What goes to HipChat about one event: recipients, message and parameters, out of the answers of the user's
// methods and the defaults. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/event.hpp"

namespace carillon::reporter::hipchat {

// "Buildbot started build linux here: URL", "Buildbot finished build linux with result success here: URL".
std::string default_message(const json::object& build);

// The three answers are added in Buildbot's order; each may also hold what the others are about, and the last
// one wins. An answer is nullopt where the default counts; one of the wrong type is noted and replaced by the
// default.
class PostData {
 public:
  // A dictionary; None is nobody.
  void add_recipients(const std::optional<json::value>& answer, json::object otherwise,
                      std::vector<std::string>& notes);
  // A text; None is no message.
  void add_message(const std::optional<json::value>& answer, const std::string& otherwise,
                   std::vector<std::string>& notes);
  // A dictionary; None is no parameters.
  void add_extra(const std::optional<json::value>& answer, std::vector<std::string>& notes);

  // After body(): ids to put into URLs, unescaped.
  std::optional<std::string> user() const { return user_; }
  std::optional<std::string> room() const { return room_; }

  // The JSON object to post: checked, without recipients. Parameters that HipChat would refuse are left out
  // with a note. Empty when there is no message or no recipient.
  json::object body(std::vector<std::string>& notes);

 private:
  std::optional<std::string> take_id(std::string_view key, std::vector<std::string>& notes);
  void check(std::vector<std::string>& notes);
  std::string fitted_message(std::string message);

  json::object data_;
  // The text is ours, so it is no HTML.
  bool own_message_ = false;
  std::optional<std::string> user_;
  std::optional<std::string> room_;
};

}  // namespace carillon::reporter::hipchat
