#include "web/router.hpp"

#include <algorithm>

#include "base/percent.hpp"

namespace carillon::web {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const auto slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view part) {
  return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(pattern, path, [](const std::string& wanted, const std::string& part) {
    return is_parameter(wanted) ? !part.empty() : wanted == part;
  });
}

// Whether `a` says more than `b`, which fits the same path: at the first place where they differ it has no
// parameter.
bool is_closer(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [of_a, of_b] = std::ranges::mismatch(a, b, {}, is_parameter, is_parameter);
  return of_a != a.end() && of_b != b.end() && !is_parameter(*of_a);
}

bool answers(const std::string& method, const std::string& asked) {
  return method == asked || (method == "GET" && asked == "HEAD");
}

}  // namespace

std::shared_ptr<void> Router::add(std::string method, std::string pattern, Route route) {
  Entry entry;
  entry.method = std::move(method);
  entry.parts = parts_of(pattern);
  entry.route = std::make_shared<const Route>(std::move(route));
  const bool exact = std::ranges::none_of(entry.parts, is_parameter);
  Entries& entries = exact ? table_->exact[pattern] : table_->with_parameters;
  entries.push_back(std::move(entry));
  auto remove = [table = table_, pattern = std::move(pattern), exact, at = std::prev(entries.end())](void*) {
    if (!exact) {
      table->with_parameters.erase(at);
      return;
    }
    const auto of_path = table->exact.find(pattern);
    of_path->second.erase(at);
    if (of_path->second.empty()) table->exact.erase(of_path);
  };
  return {nullptr, std::move(remove)};
}

void Router::keep(std::string method, std::string pattern, Route route) {
  kept_.push_back(add(std::move(method), std::move(pattern), std::move(route)));
}

std::shared_ptr<void> Router::answer_lost(Lost lost) {
  table_->lost = std::move(lost);
  return {nullptr, [table = table_](void*) { table->lost = nullptr; }};
}

Response Router::lost(int status, std::string_view why, const Head& head) const {
  return table_->lost ? table_->lost(status, why, head) : error_response(status, why);
}

Response Router::wrong_method(const std::vector<std::string>& methods, const Head& head) const {
  std::string allowed;
  for (const std::string& method : methods)
    allowed += (allowed.empty() ? "" : ", ") + method;
  Response response = lost(405, "use " + allowed, head);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// As people type it: "/builds/". Relative, as a proxy may serve us below a path of its own.
std::optional<Response> Router::without_slash(const Head& head) const {
  if (head.path.size() < 2 || !head.path.ends_with('/') || (head.method != "GET" && head.method != "HEAD"))
    return std::nullopt;
  Head shorter = head;
  shorter.path.pop_back();
  if (shorter.path.ends_with('/')) return std::nullopt;
  const Found found = find(shorter);
  if (found.route == nullptr || found.route->secret_path) return std::nullopt;
  Response response;
  response.status = 308;
  response.headers.emplace_back("Location", "../" + shorter.path.substr(shorter.path.rfind('/') + 1) +
                                                (head.query.empty() ? "" : "?" + head.query));
  return response;
}

Router::Found Router::find(Head& head) const {
  if (passed_on_ && !kept_here_.contains(head.path)) return {passed_on_, std::nullopt};
  std::vector<const Entry*> of_path;
  if (const auto exact = table_->exact.find(head.path); exact != table_->exact.end()) {
    for (const Entry& entry : exact->second)
      of_path.push_back(&entry);
  } else {
    const std::vector<std::string> parts = parts_of(head.path);
    for (const Entry& entry : table_->with_parameters) {
      if (fits(entry.parts, parts)) of_path.push_back(&entry);
    }
    // Of those that answer the method, the ones that say most of the path.
    const Entry* closest = nullptr;
    for (const Entry* entry : of_path) {
      if (answers(entry->method, head.method) &&
          (closest == nullptr || is_closer(entry->parts, closest->parts)))
        closest = entry;
    }
    std::erase_if(of_path, [&](const Entry* entry) {
      return answers(entry->method, head.method) && is_closer(closest->parts, entry->parts);
    });
  }
  if (of_path.empty()) {
    if (auto there = without_slash(head)) return {nullptr, std::move(*there)};
    return {nullptr, lost(404, "not found", head)};
  }
  return choose(of_path, head);
}

// What the guard is told of. Of a secret path it sees the pattern, and the secret as what is shown.
Head Router::told(const Entry& entry, const Head& head) {
  Head shown = head;
  if (!entry.route->secret_path) return shown;
  shown.path.clear();
  shown.authorization.clear();
  const std::vector<std::string> parts = parts_of(head.path);
  for (std::size_t i = 0; i < entry.parts.size(); ++i) {
    shown.path += (i == 0 ? "" : "/") + entry.parts[i];
    if (is_parameter(entry.parts[i]) && shown.authorization.empty()) shown.authorization = parts[i];
  }
  return shown;
}

Router::Found Router::choose(const std::vector<const Entry*>& of_path, Head& head) const {
  std::vector<std::string> methods;
  const Entry* chosen = nullptr;
  const Entry* guarded = nullptr;
  for (const Entry* entry : of_path) {
    if (!answers(entry->method, head.method)) {
      if (std::ranges::find(methods, entry->method) != methods.end()) continue;
      methods.push_back(entry->method);
      if (entry->method == "GET") methods.emplace_back("HEAD");
      continue;
    }
    if (!entry->route->admits) {
      if (guarded == nullptr) chosen = entry;  // the last one
      continue;
    }
    if (guarded == nullptr) {
      chosen = nullptr;
      guarded = entry;
      if (guard_ != nullptr) {
        if (auto answer = guard_->before(told(*entry, head))) return {nullptr, std::move(answer)};
      }
    }
    if (chosen == nullptr && entry->route->admits(head)) chosen = entry;
  }
  if (chosen == nullptr && guarded != nullptr) {
    return {nullptr, guard_ != nullptr ? guard_->nobody_admits(told(*guarded, head))
                                       : error_response(401, "not allowed")};
  }
  if (chosen == nullptr) return {nullptr, wrong_method(methods, head)};
  const std::vector<std::string> parts = parts_of(head.path);
  for (std::size_t i = 0; i < chosen->parts.size(); ++i) {
    const std::string& wanted = chosen->parts[i];
    if (is_parameter(wanted)) head.parameters[wanted.substr(1, wanted.size() - 2)] = percent_decode(parts[i]);
  }
  return {chosen->route, std::nullopt};
}

}  // namespace carillon::web
