#include "source/cctray/feed.hpp"

#include <algorithm>

#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/xml.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::cctray {
namespace {

constexpr std::size_t most_digits = 15;

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (!is_digits(text) || text.size() > most_digits) return std::nullopt;
  return std::stoll(std::string(text));
}

hook::Run begin(const Project& project) {
  hook::Run run;
  run.project = project.name;
  run.url = project.url;
  if (!project.label.empty()) run.properties.emplace_back("cctray_label", json::value(project.label));
  return run;
}

std::string id_of(const Project& project, std::string_view label) {
  return hook::key_part(project.name) + (is_digits(label) ? "-" : "%23") + hook::key_part(label);
}

}  // namespace

Result<std::vector<Project>> read_feed(std::string_view text) {
  const auto document = read_xml(text);
  if (!document) return failed(document.error());
  const pugi::xml_node root = document->document_element();
  if (element_name(root) != "Projects") return rejected("no feed of projects: it has no <Projects>");
  std::vector<Project> projects;
  for (const pugi::xml_node& node : root.children()) {
    if (element_name(node) != "Project") continue;
    Project project;
    project.name = trim(node.attribute("name").value());
    if (project.name.empty())
      return rejected("Project " + std::to_string(projects.size() + 1) + ": name: missing");
    project.building = lower(node.attribute("activity").value()) == "building";
    project.status = node.attribute("lastBuildStatus").value();
    project.label = trim(node.attribute("lastBuildLabel").value());
    project.time = trim(node.attribute("lastBuildTime").value());
    project.url = node.attribute("webUrl").value();
    projects.push_back(std::move(project));
  }
  return projects;
}

std::optional<Count> count_of(std::string_view label) {
  if (const auto number = whole_number(label)) return Count{*number, 1};
  for (const std::string_view joint : {" :: ", "."}) {
    const auto at = label.find(joint);
    if (at == std::string_view::npos) continue;
    const auto number = whole_number(label.substr(0, at));
    const auto attempt = whole_number(label.substr(at + joint.size()));
    if (!number || !attempt) return std::nullopt;
    return Count{*number, joint == "." ? *attempt + 1 : std::max<std::int64_t>(*attempt, 1)};
  }
  return std::nullopt;
}

bool has_moment(const Project& project) {
  return hook::moment_of(project.time).has_value();
}

std::optional<hook::Run> end_of(const Project& project, std::int64_t latest) {
  if (project.label.empty() && project.time.empty()) return std::nullopt;
  const auto state = hook::state_of(project.status);
  if (lower(project.status) == "unknown" || project.status.empty()) return std::nullopt;
  hook::Run run = begin(project);
  run.state = state && state->phase == hook::Phase::ended
                  ? *state
                  : hook::State{hook::Phase::ended, Results::exception};
  run.ended = std::min(hook::moment_of(project.time).value_or(latest), latest);
  const auto count = count_of(project.label);
  constexpr std::int64_t minute = 60;
  run.number = count ? count->number : *run.ended / minute;
  run.attempt = count ? count->attempt : 1;
  run.id = id_of(project, project.label);
  run.occurrence = hook::key_part(project.time);
  return run;
}

std::optional<hook::Run> start_of(const Project& project) {
  if (!project.building) return std::nullopt;
  hook::Run run = begin(project);
  run.properties.clear();
  run.state = {hook::Phase::runs};
  const auto count = count_of(project.label);
  // Some name the running build as long as nothing has ended.
  const bool is_its_own =
      project.time.empty() && (project.status.empty() || lower(project.status) == "unknown");
  if (is_digits(project.label) && count) {
    run.number = is_its_own ? count->number : count->number + 1;
    run.id = id_of(project, std::to_string(run.number));
  } else {
    run.number = count ? count->number + 1 : 0;
    run.id = id_of(project, "after-" + project.label);
  }
  return run;
}

}  // namespace carillon::source::cctray
