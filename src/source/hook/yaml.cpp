#include "source/hook/yaml.hpp"

#include <yaml.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_yaml = std::size_t{1} << 20U;
constexpr std::size_t most_levels = 100;
constexpr std::size_t most_values = 100'000;
constexpr std::size_t most_documents = 10;
constexpr std::string_view merge_key = "<<";

tl::unexpected<Failure> wrong_at(std::size_t line, std::string_view what) {
  return rejected("line " + std::to_string(line + 1) + ": " + std::string(what));
}

std::string_view yaml_text(const yaml_char_t* text, std::size_t length) {
  return {reinterpret_cast<const char*>(text), length};
}

std::string_view yaml_name(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

json::value scalar_of(std::string_view text, bool is_plain) {
  if (is_plain) {
    for (const std::string_view null : {"", "~", "null", "Null", "NULL"}) {
      if (text == null) return nullptr;
    }
    for (const std::string_view yes : {"true", "True", "TRUE"}) {
      if (text == yes) return true;
    }
    for (const std::string_view no : {"false", "False", "FALSE"}) {
      if (text == no) return false;
    }
  }
  return json::value(text);
}

struct YamlEvent {
  YamlEvent() = default;
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;
  ~YamlEvent() { yaml_event_delete(&it); }
  yaml_event_t it{};
};

// Out of events to values, level by level: nothing recurses.
class YamlReader {
 public:
  explicit YamlReader(std::string_view text) {
    is_ready_ = yaml_parser_initialize(&parser_) == 1;
    if (!is_ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader() {
    if (is_ready_) yaml_parser_delete(&parser_);
  }

  Result<std::vector<json::value>> read() {
    if (!is_ready_) return unreachable("there is no memory to read YAML");
    while (true) {
      YamlEvent event;
      if (yaml_parser_parse(&parser_, &event.it) != 1) {
        const char* problem = parser_.problem;
        const std::size_t line = parser_.problem_mark.line;
        return wrong_at(line, problem == nullptr ? "it is no YAML" : problem);
      }
      if (event.it.type == YAML_STREAM_END_EVENT) return std::move(documents_);
      if (auto taken = take(event.it); !taken) return failed(taken);
    }
  }

 private:
  struct Open {
    json::value value;
    std::string anchor;
    // Of a mapping: a value comes next.
    std::optional<std::string> key;
    // Values in it, itself among them.
    std::size_t values = 1;
  };
  struct Anchored {
    json::value value;
    std::size_t values = 1;
  };

  Result<void> take(const yaml_event_t& event) {
    const std::size_t line = event.start_mark.line;
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        if (documents_.size() == most_documents) return wrong_at(line, "too many documents");
        anchors_.clear();
        return ok();
      case YAML_ALIAS_EVENT: {
        const auto found = anchors_.find(yaml_name(event.data.alias.anchor));
        if (found == anchors_.end())
          return wrong_at(
              line, "there is no anchor '" + std::string(yaml_name(event.data.alias.anchor)) + "' before it");
        if (auto counted = count(found->second.values, line); !counted) return counted;
        return put(found->second.value, found->second.values, line);
      }
      case YAML_SCALAR_EVENT: {
        const auto& scalar = event.data.scalar;
        if (auto counted = count(1, line); !counted) return counted;
        json::value value =
            scalar_of(yaml_text(scalar.value, scalar.length), scalar.style == YAML_PLAIN_SCALAR_STYLE);
        if (is_key_next()) value = json::value(yaml_text(scalar.value, scalar.length));
        if (scalar.anchor != nullptr)
          anchors_.insert_or_assign(std::string(yaml_name(scalar.anchor)), Anchored{value, 1});
        return put(std::move(value), 1, line);
      }
      case YAML_SEQUENCE_START_EVENT:
        return open(json::array(), yaml_name(event.data.sequence_start.anchor), line);
      case YAML_MAPPING_START_EVENT:
        return open(json::object(), yaml_name(event.data.mapping_start.anchor), line);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: {
        Open done = std::move(open_.back());
        open_.pop_back();
        if (!done.anchor.empty())
          anchors_.insert_or_assign(std::move(done.anchor), Anchored{done.value, done.values});
        return put(std::move(done.value), done.values, line);
      }
      default:
        return ok();
    }
  }

  bool is_key_next() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

  Result<void> count(std::size_t more, std::size_t line) {
    left_ -= std::min(left_, more);
    return left_ == 0 ? Result<void>(wrong_at(line, "more values than are read")) : ok();
  }

  Result<void> open(json::value empty, std::string_view anchor, std::size_t line) {
    if (open_.size() == most_levels) return wrong_at(line, "more levels than are read");
    if (is_key_next()) return wrong_at(line, "a key that is no text");
    if (auto counted = count(1, line); !counted) return counted;
    open_.push_back({std::move(empty), std::string(anchor), std::nullopt, 1});
    return ok();
  }

  Result<void> put(json::value value, std::size_t values, std::size_t line) {
    if (open_.empty()) {
      documents_.push_back(std::move(value));
      return ok();
    }
    Open& inner = open_.back();
    inner.values += values;
    if (json::array* list = inner.value.if_array()) {
      list->push_back(std::move(value));
    } else if (!inner.key) {
      if (!value.is_string()) return wrong_at(line, "a key that is no text");
      inner.key = std::string(value.get_string());
    } else {
      json::object& mapping = inner.value.get_object();
      if (*inner.key == merge_key) {
        merge(mapping, value);
      } else {
        mapping.insert_or_assign(*inner.key, std::move(value));
      }
      inner.key.reset();
    }
    return ok();
  }

  // What is there by itself counts before what is merged in, which comes first as a rule.
  static void merge(json::object& mapping, const json::value& value) {
    if (const json::object* other = value.if_object()) {
      for (const auto& member : *other) {
        if (!mapping.contains(member.key())) mapping.emplace(member.key(), member.value());
      }
    }
    if (const json::array* several = value.if_array()) {
      for (const json::value& one : *several) {
        if (one.is_object()) merge(mapping, one);
      }
    }
  }

  yaml_parser_t parser_{};
  bool is_ready_ = false;
  std::vector<Open> open_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::vector<json::value> documents_;
  std::size_t left_ = most_values;
};

}  // namespace

Result<std::vector<json::value>> read_yaml(std::string_view text) {
  if (text.size() > most_yaml) return rejected("line 1: it has more than 1 MiB");
  return YamlReader(text).read();
}

}  // namespace carillon::source::hook
