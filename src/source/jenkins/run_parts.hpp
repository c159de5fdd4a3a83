// What the ways to hear of a build have in common. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"
#include "source/jenkins/build_name.hpp"
#include "source/jenkins/settings.hpp"

namespace carillon::source::jenkins {

using Notes = std::vector<std::string>;

// Failed tests that are named, and culprits.
inline constexpr std::size_t most_names = 50;

// What its name says of it.
hook::Run begin_run(const Settings& settings, const BuildName& build);

// "origin/main", "refs/remotes/origin/main"; of a pull request it is that of its head.
void read_branch(hook::Run& run, std::string_view text);
// To clone from, without a login.
std::string clone_address(const std::string& text);

// Whether it is a person.
bool is_somebody(std::string_view user);
// Why it was started, and by which user; of several causes the first counts.
void read_cause(hook::Run& run, const std::string& cause, const std::string& user);

// How it ended: "UNSTABLE". Unknown: an exception, with a note.
void set_result(hook::Run& run, const std::string& word, Notes& notes);
// When all is read: what is said of it, and that it has a log, as Jenkins is asked or as it came along.
void finish(hook::Run& run, const Settings& settings, std::string log);

// As a property, if it is to be kept.
void keep_parameter(hook::Run& run, const Settings& settings, std::string_view name,
                    const json::value& value);
void set_culprits(hook::Run& run, const std::vector<std::string>& culprits);
// The members of these names: its number in the queue, and what it is called.
void read_queue(hook::Run& run, const json::object& build, std::string_view shown);
// Its place in the queue, as each form calls it; 0: it does not say.
std::int64_t queue_of(const json::object& build);

// The texts in the list at the path, at most so many.
std::vector<std::string> texts_at(const json::object& object, std::string_view path, std::size_t most);

// Failure (rejected): its path, where it is none, or negative.
Result<std::int64_t> need_number(const json::object& body, std::string_view path);

}  // namespace carillon::source::jenkins
