#include "reporter/common/wanted_details.hpp"

#include <algorithm>

#include "model/build.hpp"
#include "model/event.hpp"

namespace carillon::reporter {
namespace {

json::array without_logs(const json::array& steps) {
  json::array kept;
  kept.reserve(steps.size());
  for (const json::value& step : steps) {
    const json::object* object = step.if_object();
    if (object == nullptr) {
      kept.push_back(step);
      continue;
    }
    json::object copy;
    for (const auto& member : *object) {
      if (member.key() != "logs") copy.insert(member);
    }
    kept.push_back(std::move(copy));
  }
  return kept;
}

// Whether there is nothing to leave out.
bool is_whole(const json::object& build, const Asked& asked) {
  const json::array* steps = BuildView(build).steps();
  return asked.properties && (asked.logs || steps == nullptr || (asked.steps && steps->empty())) &&
         std::ranges::all_of(build, [&](const auto& member) { return is_asked(asked, member.key()); });
}

}  // namespace

Asked read_asked(const settings::Arguments& args) {
  Asked asked;
  asked.properties = args.boolean("wantProperties");
  asked.steps = args.boolean("wantSteps");
  asked.logs = asked.steps && args.boolean("wantLogs");
  asked.previous = args.boolean("wantPreviousBuild");
  return asked;
}

Asked asked_by(const settings::ObjectPtr& formatter) {
  const auto says = [&](std::string_view attribute, bool answer) {
    return formatter != nullptr && formatter->attribute(attribute) == json::value(answer);
  };
  Asked asked;
  asked.properties = !says("wantProperties", false);
  asked.logs = says("wantLogs", true);
  asked.steps = asked.logs || says("wantSteps", true);
  asked.previous = true;
  asked.changes = true;
  return asked;
}

bool is_asked(const Asked& asked, std::string_view member) {
  if (member == "steps") return asked.steps;
  if (member == "prev_build") return asked.previous;
  if (member == "changes") return asked.changes;
  return true;
}

json::object asked_part(const json::object& build, const Asked& asked) {
  json::object part;
  part.reserve(build.size());
  for (const auto& member : build) {
    if (!is_asked(asked, member.key())) continue;
    if (member.key() == "properties" && !asked.properties) {
      part.emplace(member.key(), json::object());
    } else if (member.key() == "steps" && !asked.logs && member.value().is_array()) {
      part.emplace(member.key(), without_logs(member.value().get_array()));
    } else {
      part.emplace(member.key(), member.value());
    }
  }
  return part;
}

json::object asked_context(const message::Site& site, const std::vector<std::string>& mode,
                           const json::object& build, const settings::ObjectPtr& formatter) {
  const Asked asked = asked_by(formatter);
  const std::string builder = facts_of(build).builder;
  if (is_whole(build, asked)) return message::build_context(site, mode, builder, build);
  json::object context = message::build_context(site, mode, builder, asked_part(build, asked));
  if (!asked.properties) {  // what the properties say besides
    context["blamelist"] = json::value_from(responsible_users(build));
    const std::string worker = text_property(build, "workername");
    if (!worker.empty()) context["workername"] = worker;
  }
  return context;
}

}  // namespace carillon::reporter
