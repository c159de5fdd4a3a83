// A JSON object as text that knows its members.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace carillon {

// Made once where the object is stored and sent: whoever sends most of it takes the members from here instead
// of serializing them again.
class ObjectText {
 public:
  explicit ObjectText(const json::object& object);

  // The same as json::serialize(object).
  const std::string& text() const { return text_; }

  // Of the object, in its order.
  std::size_t size() const { return ends_.size(); }
  // "key":value of one of them; valid as long as this is.
  std::string_view member(std::size_t index) const;

 private:
  std::string text_;
  // Behind each member.
  std::vector<std::size_t> ends_;
};

// Appends what json::serialize(value) would return.
void append_json(std::string& out, const json::value& value);

}  // namespace carillon
