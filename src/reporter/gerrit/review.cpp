#include "reporter/gerrit/review.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "model/members.hpp"
#include "reporter/common/foreign_text.hpp"

namespace carillon::reporter::gerrit {
namespace {

constexpr std::size_t max_message = 16'000;  // Gerrit refuses more than 16 KiB
constexpr std::int64_t max_value = 99;       // of a label
constexpr std::array<std::string_view, 7> result_texts = {
    "succeeded",    "completed with warnings",  "failed",
    "was skipped",  "encountered an exception", "was retried",
    "was cancelled"};

std::string clean_message(std::string_view text) {
  std::string clean;
  const std::string valid = valid_utf8(text);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '\0') continue;
    if (valid[i] == '\r') {
      if (i + 1 == valid.size() || valid[i + 1] != '\n') clean += '\n';
      continue;
    }
    clean += valid[i];
  }
  return clean;
}

// What Python's int() makes of it, as far as it makes sense for a label.
std::optional<std::int64_t> label_value(const json::value& value) {
  if (value.is_bool()) return value.get_bool() ? 1 : 0;
  if (value.is_int64()) return value.get_int64();
  if (value.is_double()) {
    const double number = value.get_double();
    if (!(std::abs(number) <= max_value) || number != std::trunc(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_string();
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

void add_label(Said& said, std::string_view name, const json::value& value) {
  const auto number = label_value(value);
  if (is_label(name) && number && *number >= -max_value && *number <= max_value) {
    said.review->labels.emplace_back(name, *number);
    return;
  }
  said.notes.push_back("the label " + ellipsize(fold_to_line(std::string(name)), 60) + "=" +
                       ellipsize(fold_to_line(json::serialize(value)), 60) +
                       " cannot be one and was left out");
}

// Keeps head and tail: the end of a message often says what failed.
void finish(Said& said) {
  if (said.review->message.size() > max_message) {
    said.review->message = head_and_tail(said.review->message, max_message);
    said.notes.emplace_back("the message was cut to what Gerrit takes");
  }
  if (said.review->message.empty() && said.review->labels.empty()) said.review.reset();
}

Result<Said> read_old_style(const json::array& parts) {
  if (parts.size() != 3)
    return rejected("a list of " + std::to_string(parts.size()) + " instead of a dictionary");
  Said said;
  said.old_style = true;
  if (parts[0].is_null()) return said;
  if (!parts[0].is_string()) return rejected("a message that is not a text");
  said.review.emplace();
  said.review->message = clean_message(parts[0].get_string());
  add_label(said, "Verified", parts[1]);
  add_label(said, "Code-Review", parts[2]);
  finish(said);
  return said;
}

Results results_of(const json::object& build) {
  return results_at(build).value_or(Results::exception);
}

std::string line_at(const json::object& object, std::string_view path) {
  return fold_to_line(valid_utf8(string_at(object, path).value_or("")));
}

// The same, and it calls nobody.
std::string said_at(const json::object& object, std::string_view path) {
  return without_mentions(line_at(object, path));
}

// "Builder linux succeeded (build successful) - URL"
std::string build_line(const json::object& build) {
  std::string line = "Builder " + said_at(build, "builder.name") + " ";
  line += result_texts.at(static_cast<std::size_t>(results_of(build)));
  if (const std::string text = said_at(build, "state_string"); !text.empty()) line += " (" + text + ")";
  const std::string url = line_at(build, "url");
  return url.empty() ? line + "." : line + " - " + url;
}

// One request's build that has another one after it.
bool was_repeated(const Details& details, const json::object& build) {
  if (results_of(build) != Results::retry) return false;
  const auto request = BuildView(build).requestid();
  const RunNumber run = BuildView(build).run();
  return request && std::ranges::any_of(details.builds, [&](const json::object& other) {
           return BuildView(other).requestid() == request && BuildView(other).run() > run;
         });
}

Review vote(std::string message, bool good) {
  Review review;
  review.message = std::move(message);
  review.labels.emplace_back("Verified", good ? 1 : -1);
  return review;
}

}  // namespace

bool is_label(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '-' &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string_view::npos;
}

Result<Said> read_said(const json::value& returned) {
  if (returned.is_null()) return Said();
  if (const json::array* parts = returned.if_array()) return read_old_style(*parts);
  const json::object* object = returned.if_object();
  if (object == nullptr) return rejected("no dictionary but " + ellipsize(json::serialize(returned), 60));
  const json::value* message = object->if_contains("message");
  if (message == nullptr || message->is_null()) return Said();
  if (!message->is_string()) return rejected("a message that is not a text");
  const json::value* labels = object->if_contains("labels");
  if (labels != nullptr && !labels->is_null() && !labels->is_object())
    return rejected("labels that are not a dictionary");
  Said said;
  said.review.emplace();
  said.review->message = clean_message(message->get_string());
  if (labels != nullptr && labels->is_object()) {
    for (const auto& label : labels->get_object())
      add_label(said, label.key(), label.value());
  }
  finish(said);
  return said;
}

std::optional<Review> built_in_review(const Details& details) {
  if (details.builds.empty()) return std::nullopt;
  if (details.kind == EventKind::buildset_complete) {
    std::string message;
    bool good = true;
    for (const json::object* build : summed_up(details)) {
      message += (message.empty() ? "" : "\n\n") + build_line(*build);
      good = good && results_of(*build) == Results::success;
    }
    if (message.size() > max_message) message = head_and_tail(message, max_message);
    return vote(std::move(message), good);
  }
  const json::object& build = details.builds.front();
  if (details.kind == EventKind::build_started) {
    Review review;
    review.message = "Builder " + said_at(build, "builder.name") + " started.";
    if (const std::string url = line_at(build, "url"); !url.empty()) review.message += "\n" + url;
    return review;
  }
  if (results_of(build) == Results::retry) return std::nullopt;
  return vote(build_line(build), results_of(build) == Results::success);
}

std::vector<const json::object*> summed_up(const Details& details) {
  std::vector<const json::object*> builds;
  for (const json::object& build : details.builds) {
    if (!was_repeated(details, build)) builds.push_back(&build);
  }
  std::ranges::sort(builds, {}, [](const json::object* build) {
    return std::make_pair(std::string(BuildView(*build).builder().value_or("")), BuildView(*build).run());
  });
  return builds;
}

json::array build_info_list(const Details& details) {
  json::array list;
  for (const json::object* build : summed_up(details)) {
    const Results results = results_of(*build);
    json::object info;
    info["name"] = BuildView(*build).builder().value_or("");
    info["result"] = static_cast<std::int64_t>(results);
    info["resultText"] = result_texts.at(static_cast<std::size_t>(results));
    info["text"] = BuildView(*build).state_string().value_or("");
    info["url"] = BuildView(*build).url().value_or("");
    info["build"] = *build;
    list.emplace_back(std::move(info));
  }
  return list;
}

}  // namespace carillon::reporter::gerrit
