// CloudEvents as they come over HTTP: binary, structured, in batches; and CDEvents without any. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "web/message.hpp"

namespace carillon::source::cdevents {

struct CloudEvent {
  std::string id;
  std::string type;
  std::string source;
  // As it is written; may be empty.
  std::string time;
  json::object data;
  // What stands before the data's members in texts for people: "[3].data.".
  std::string path;
};

inline constexpr std::size_t largest_batch = 1000;

// "application/json", without parameters and in small letters.
std::string media_type(std::string_view content_type);
// Whether such a body is read at all.
bool is_readable(std::string_view media_type);

// The events of a request, in order. Failure (rejected): what is wrong, with its path.
Result<std::vector<CloudEvent>> events_of(const web::Head& head, std::string_view body);

}  // namespace carillon::source::cdevents
