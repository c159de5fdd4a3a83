#include "source/push/grants.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::source::push {
namespace {

// Properties by which reporters find a repository or a change without its name.
constexpr std::array other_names = {"source_project_id", "pullrequesturl",      "gerrit_changes",
                                    "event.change.id",   "event.change.number", "repo_downloads",
                                    "repo_downloaded"};

bool granted(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text); });
}

std::string not_granted(std::string_view place, std::string_view text) {
  return std::string(place) + ": this token may not report for '" + std::string(text) + "'";
}

// Looks at what names repositories, and remembers what is wrong first.
class Repositories {
 public:
  explicit Repositories(const std::vector<std::string>& patterns) : patterns_(patterns) {}

  void see(std::string_view place, const json::value* value) {
    if (value == nullptr || value->is_null() || !wrong_.empty()) return;
    if (!value->is_string()) {
      wrong_ = std::string(place) + ": must be a string";
    } else if (const std::string_view text = value->get_string(); !text.empty()) {
      named_ = true;
      if (!granted(patterns_, text)) wrong_ = not_granted(place, text);
    }
  }

  void see_list(const json::object& body, const std::string& path) {
    const json::array* list = array_at(body, path);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const json::object* item = (*list)[i].if_object();
      if (item == nullptr) continue;
      for (const char* key : {"repository", "project"})
        see(path + "[" + std::to_string(i) + "]." + key, item->if_contains(key));
    }
  }

  void see_properties(const json::object& body) {
    const json::object* properties = BuildView(body).properties();
    if (properties == nullptr) return;
    for (const auto& [key, unused] : *properties) {
      const std::string_view name(key);
      const std::string_view last = name.substr(name.rfind('.') + 1);
      const std::string place = "properties." + std::string(name);
      if (last == "repository" || last == "project") {
        see(place, property(body, name));
      } else if (std::find(other_names.begin(), other_names.end(), name) != other_names.end()) {
        if (wrong_.empty()) wrong_ = place + ": a token that is limited to repositories may not name it";
      }
    }
  }

  std::string result(const std::string& place) const {
    if (!wrong_.empty()) return wrong_;
    return named_ ? "" : place + ": no repository is named, and this token is limited to some";
  }

 private:
  const std::vector<std::string>& patterns_;
  bool named_ = false;
  std::string wrong_;
};

}  // namespace

std::string refusal(const Grants& grants, const Event& event) {
  const EventKind kind = kind_of(event.key);
  if (kind == EventKind::other || (!grants.builders && !grants.repositories)) return {};
  const bool of_a_builder = is_build(kind) || is_request(kind);
  if (!of_a_builder && (grants.builders || kind != EventKind::buildset_complete))
    return "k: this token may not report '" + event.key + "', only builds and requests";
  if (grants.builders) {
    const std::string name = text_at(event.body, "builder.name");
    if (!granted(*grants.builders, name)) return not_granted("builder.name", name);
  }
  if (!grants.repositories) return {};
  const std::string stamps = of_a_builder ? "buildset.sourcestamps" : "sourcestamps";
  Repositories seen(*grants.repositories);
  seen.see_list(event.body, stamps);
  seen.see_list(event.body, "changes");
  seen.see_properties(event.body);
  return seen.result(stamps);
}

}  // namespace carillon::source::push
