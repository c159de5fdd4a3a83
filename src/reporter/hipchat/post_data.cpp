#include "reporter/hipchat/post_data.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "reporter/common/notice.hpp"

namespace carillon::reporter::hipchat {
namespace {

constexpr std::size_t max_message = 10000;  // characters
constexpr std::size_t max_from = 64;
constexpr std::array<std::string_view, 6> colors = {"yellow", "green", "red", "purple", "gray", "random"};

std::string shown(const json::value& value) {
  return ellipsize(fold_to_line(json::serialize(value)), 100);
}

std::optional<std::string> text_of(const json::value& value) {
  if (value.is_string()) return valid_utf8(value.get_string());
  if (value.is_number()) return json::serialize(value);
  return std::nullopt;
}

}  // namespace

std::string default_message(const json::object& build) {
  const BuildFacts facts = facts_of(build);
  const std::string url = valid_utf8(BuildView(build).url().value_or(""));
  const std::string builder = fold_to_line(valid_utf8(facts.builder));
  if (!facts.results) return "Buildbot started build " + builder + " here: " + url;
  return "Buildbot finished build " + builder + " with result " + std::string(name(*facts.results)) +
         " here: " + url;
}

void PostData::add_recipients(const std::optional<json::value>& answer, json::object otherwise,
                              std::vector<std::string>& notes) {
  if (answer && answer->is_object()) {
    data_ = answer->get_object();
  } else if (!answer || !answer->is_null()) {
    if (answer)
      notes.push_back("getRecipientList returned no dictionary but " + shown(*answer) +
                      ", so the default stands in");
    data_ = std::move(otherwise);
  }
}

void PostData::add_message(const std::optional<json::value>& answer, const std::string& otherwise,
                           std::vector<std::string>& notes) {
  own_message_ = false;
  if (answer && answer->is_null()) {
    data_["message"] = "";
    return;
  }
  const auto text = answer ? text_of(*answer) : std::nullopt;
  if (answer && !text)
    notes.push_back("getMessage returned no text but " + shown(*answer) + ", so the default stands in");
  own_message_ = !text;
  data_["message"] = text.value_or(otherwise);
}

void PostData::add_extra(const std::optional<json::value>& answer, std::vector<std::string>& notes) {
  if (!answer || answer->is_null()) return;
  const json::object* extra = answer->if_object();
  if (extra == nullptr) {
    notes.push_back("getExtraParams returned no dictionary but " + shown(*answer) + ", so there are none");
    return;
  }
  for (const auto& member : *extra) {
    if (member.key() == "message") {
      const auto text = text_of(member.value());
      if (!text) {
        notes.push_back("the message of getExtraParams is not a text but " + shown(member.value()));
        continue;
      }
      own_message_ = false;
      data_["message"] = *text;
      continue;
    }
    data_[member.key()] = member.value();
  }
}

std::optional<std::string> PostData::take_id(std::string_view key, std::vector<std::string>& notes) {
  const auto found = data_.find(key);
  if (found == data_.end()) return std::nullopt;
  const json::value value = found->value();
  data_.erase(found);
  if (value.is_null()) return std::nullopt;
  const auto id = text_of(value);
  if (id && is_blank(*id)) return std::nullopt;
  // "." and ".." would be taken for steps in the path.
  if (!id || *id == "." || *id == "..") {
    notes.push_back(std::string(key) + " is neither an id nor a name but " + shown(value));
    return std::nullopt;
  }
  return id;
}

void PostData::check(std::vector<std::string>& notes) {
  const auto drop = [&](const char* key) {
    notes.push_back(std::string(key) + " is left out, HipChat does not know " + shown(data_.at(key)));
    data_.erase(key);
  };
  if (const auto* color = data_.if_contains("color");
      color != nullptr &&
      (!color->is_string() ||
       std::ranges::find(colors, std::string_view(color->get_string())) == colors.end())) {
    drop("color");
  }
  if (auto* notify = data_.if_contains("notify"); notify != nullptr && !notify->is_bool()) {
    if (notify->is_int64() && (notify->get_int64() == 0 || notify->get_int64() == 1)) {
      *notify = notify->get_int64() == 1;
    } else {
      drop("notify");
    }
  }
  if (const auto* format = data_.if_contains("message_format");
      format != nullptr && *format != "html" && *format != "text") {
    drop("message_format");
  }
  if (auto* from = data_.if_contains("from"); from != nullptr) {
    if (from->is_string()) {
      *from = ellipsize(valid_utf8(from->get_string()), max_from);
    } else {
      drop("from");
    }
  }
}

// Rooms take a message without a format for HTML.
std::string PostData::fitted_message(std::string message) {
  const auto* format = data_.if_contains("message_format");
  if (own_message_ && message.find_first_of("<>&") != std::string::npos) {
    data_["message_format"] = "text";
  } else if (ellipsize(message, max_message) != message && (format == nullptr || *format == "html")) {
    // Cut HTML could leave a tag open.
    message = plain_of_html(message);
    data_["message_format"] = "text";
  }
  return ellipsize(message, max_message);
}

json::object PostData::body(std::vector<std::string>& notes) {
  user_ = take_id("id_or_email", notes);
  room_ = take_id("room_id_or_name", notes);
  std::string message = text_of(data_.at("message")).value_or("");
  if (is_blank(message) || (!user_ && !room_)) return {};
  check(notes);
  data_["message"] = fitted_message(std::move(message));
  return data_;
}

}  // namespace carillon::reporter::hipchat
