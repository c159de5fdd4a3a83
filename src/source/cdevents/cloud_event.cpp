#include "source/cdevents/cloud_event.hpp"

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/hook/signature.hpp"

namespace carillon::source::cdevents {
namespace {

constexpr std::string_view structured = "application/cloudevents+json";
constexpr std::string_view batched = "application/cloudevents-batch+json";

tl::unexpected<Failure> at(const std::string& path, Failure failure) {
  failure.what.insert(0, path);
  return failed(std::move(failure));
}

// The data of an event that is JSON itself.
Result<json::object> data_of(json::object& event) {
  if (const auto encoded = string_at(event, "data_base64")) {
    const auto bytes = base64_decode(*encoded);
    if (!bytes) return rejected("data_base64: is no base64");
    auto data = hook::read_object({}, *bytes);
    if (!data) data.error().what.insert(0, "data_base64: ");
    return data;
  }
  if (const auto text = string_at(event, "data")) {
    auto data = hook::read_object({}, *text);
    if (!data) data.error().what.insert(0, "data: ");
    return data;
  }
  if (auto needed = hook::need_object(event, "data"); !needed) return failed(needed);
  return std::move(event.at("data").get_object());
}

Result<CloudEvent> from_json(json::object event, const std::string& path) {
  CloudEvent made;
  const auto type = hook::need_text(event, "type");
  if (!type) return at(path, type.error());
  made.type = *type;
  made.id = text_at(event, "id");
  made.source = text_at(event, "source");
  made.time = text_at(event, "time");
  made.path = path + "data.";
  auto data = data_of(event);
  if (!data) return at(path, data.error());
  made.data = std::move(*data);
  return made;
}

// Whoever sends no JSON there is known.
Failure with_hint(Failure failure, std::string_view body) {
  const std::string_view text = trim(body);
  if (!text.empty() && text.front() != '{' && text.front() != '[')
    failure.what += " (the CDEvents plugin of Jenkins sends no JSON: use sources.Jenkins for it)";
  return failure;
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_readable(std::string_view media_type) {
  return media_type.empty() || media_type == "application/json" || media_type == "text/json" ||
         (media_type.starts_with("application/") && media_type.ends_with("+json"));
}

Result<std::vector<CloudEvent>> events_of(const web::Head& head, std::string_view body) {
  std::vector<CloudEvent> events;
  const std::string type = media_type(head.content_type);
  if (type == batched) {
    auto objects = hook::read_objects(body, largest_batch);
    if (!objects) return failed(objects);
    for (json::object& object : *objects) {
      auto event = from_json(std::move(object), "[" + std::to_string(events.size()) + "].");
      if (!event) return failed(event);
      events.push_back(std::move(*event));
    }
    return events;
  }
  auto object = hook::read_object({}, body);
  if (!object) return failed(with_hint(std::move(object.error()), body));
  // Some senders say less than they do.
  const bool says_so =
      web::header(head, "ce-type").empty() && object->contains("specversion") && !object->contains("context");
  if (type == structured || says_so) {
    auto event = from_json(std::move(*object), "");
    if (!event) return failed(event);
    events.push_back(std::move(*event));
    return events;
  }
  CloudEvent event;
  if (const std::string_view shown = web::header(head, "ce-type"); !shown.empty()) {
    event.type = percent_decode(shown);
    event.id = percent_decode(web::header(head, "ce-id"));
    event.source = percent_decode(web::header(head, "ce-source"));
    event.time = web::header(head, "ce-time");
  } else {
    const auto inside = hook::need_text(*object, "context.type");
    if (!inside) return failed(inside.error());
    event.type = *inside;
    event.id = text_at(*object, "context.id");
  }
  event.data = std::move(*object);
  events.push_back(std::move(event));
  return events;
}

}  // namespace carillon::source::cdevents
