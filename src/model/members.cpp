#include "model/members.hpp"

namespace carillon {

std::optional<Results> results_at(const json::object& object, std::string_view path) {
  const auto number = integer_at(object, path);
  return number ? results_from(*number) : std::nullopt;
}

std::string log_text(const json::object& log) {
  const auto text = string_at(log, "content");
  return text ? std::string(*text) : text_at(log, "content.content");
}

}  // namespace carillon
