#include "base/object_text.hpp"

#include <array>

namespace carillon {
namespace {

constexpr std::size_t usual_size = 4096;  // of a build

void drain(std::string& out, json::serializer& serializer) {
  std::array<char, 1024> piece;
  while (!serializer.done()) {
    const auto text = serializer.read(piece.data(), piece.size());
    out.append(text.data(), text.size());
  }
}

}  // namespace

ObjectText::ObjectText(const json::object& object) {
  text_.reserve(usual_size);
  ends_.reserve(object.size());
  json::serializer serializer;
  text_ += '{';
  for (const auto& member : object) {
    if (text_.size() > 1) text_ += ',';
    const json::string_view key = member.key();
    serializer.reset(key);
    drain(text_, serializer);
    text_ += ':';
    serializer.reset(&member.value());
    drain(text_, serializer);
    ends_.push_back(text_.size());
  }
  text_ += '}';
}

std::string_view ObjectText::member(std::size_t index) const {
  const std::size_t begin = index == 0 ? 1 : ends_[index - 1] + 1;  // behind the brace, or the comma
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

void append_json(std::string& out, const json::value& value) {
  json::serializer serializer;
  serializer.reset(&value);
  drain(out, serializer);
}

}  // namespace carillon
