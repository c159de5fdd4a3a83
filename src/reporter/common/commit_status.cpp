#include "reporter/common/commit_status.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter {
namespace {

using settings::Type;
using settings::Value;

// Buildbot's `startDescription or 'Build started.'`.
Wording none_when_empty(Wording wording) {
  const auto* text = wording.value.as<std::string>();
  if (text != nullptr && text->empty()) wording.value = Value{};
  return wording;
}

// Forced and nightly builds are of a branch, or of an abbreviated revision: what was checked out is known at
// their end.
void complete_revision(const json::object& build, Commit& commit, bool only) {
  if (is_whole_hash(commit.revision)) return;
  std::string built = revision_in(property(build, "got_revision"), commit.codebase, only);
  if (is_whole_hash(built) || (is_short_hash(built) && !is_short_hash(commit.revision)))
    commit.revision = std::move(built);
}

// Why a status cannot be about the revision; "" where it can.
std::string no_revision(const std::string& revision, Hashes hashes) {
  if (is_whole_hash(revision) || (hashes == Hashes::abbreviated && is_short_hash(revision))) return {};
  if (revision.empty()) return "no revision";
  const std::string shown = "the revision " + ellipsize(revision, 80);
  return shown + (is_short_hash(revision) ? " is abbreviated, and the service takes whole ones only"
                                          : " is not a commit hash");
}

}  // namespace

Descriptions read_descriptions(const settings::Arguments& args, std::optional<std::string> started_fallback,
                               std::optional<std::string> ended_fallback) {
  Descriptions made;
  made.waiting = wording(args, "pendingDescription");
  made.started = none_when_empty(wording(args, "startDescription", std::move(started_fallback)));
  made.ended = none_when_empty(wording(args, "endDescription", std::move(ended_fallback)));
  return made;
}

void add_our_arguments(settings::Schema& schema) {
  schema.arguments.push_back(
      {.name = "pendingDescription",
       .types = {Type::string, Type::renderable},
       .fallback = Value{},
       .doc = "description of a request that still waits; when given, waiting requests are "
              "reported as pending"});
  schema.arguments.push_back({.name = "ownRuns",
                              .types = {Type::boolean},
                              .fallback = Value{false},
                              .doc = "report runs of this forge's own CI (sources.GitHub, ...), too"});
}

void add_push_arguments(settings::Schema& schema) {
  const Value no{false};
  auto& list = schema.arguments;
  list.push_back(
      {.name = "builders", .types = {Type::strings}, .fallback = Value{}, .doc = "only these builders"});
  list.push_back({.name = "wantProperties",
                  .types = {Type::boolean},
                  .fallback = no,
                  .doc = "accepted; without effect"});
  list.push_back({.name = "wantSteps", .types = {Type::boolean}, .fallback = no, .doc = "likewise"});
  list.push_back({.name = "wantPreviousBuild", .types = {Type::boolean}, .fallback = no, .doc = "likewise"});
  list.push_back({.name = "wantLogs", .types = {Type::boolean}, .fallback = no, .doc = "likewise"});
}

asio::awaitable<std::optional<std::string>> describe(const Descriptions& descriptions, const Details& details,
                                                     std::size_t max_chars, std::vector<std::string>& notes) {
  const Wording* chosen = &descriptions.ended;
  const Phase phase = progress_of(details).phase;
  if (phase == Phase::waiting) chosen = &descriptions.waiting;
  if (phase == Phase::started) chosen = &descriptions.started;
  const auto text = co_await render_text(*chosen, details, notes);
  if (!text || is_blank(*text)) co_return std::nullopt;
  co_return ellipsize(fold_to_line(*text), max_chars);
}

asio::awaitable<std::string> render_line(Wording wording, const Details& details, std::string otherwise,
                                         std::vector<std::string>& notes) {
  const auto text = co_await render_text(wording, details, notes);
  if (!text || is_blank(*text)) co_return fold_to_line(valid_utf8(otherwise));
  co_return fold_to_line(*text);
}

StatusSheet::StatusSheet(std::string service, const Details& details)
    : key_(std::move(service) + ":" + details.event_id + "#"), rank_(rank_of(details)) {
  if (!details.builds.empty()) summary_ = valid_utf8(build_summary(details.builds.front()));
}

void StatusSheet::add(std::size_t index, std::string identity, std::string target, std::string payload,
                      std::string lane) {
  identity = fold_to_line(valid_utf8(identity));
  const auto same = [&](const Delivery& delivery) { return delivery.status == identity; };
  if (std::ranges::any_of(made_, same)) return;
  Delivery delivery;
  delivery.key = key_ + std::to_string(index);
  delivery.lane = lane.empty() ? identity : fold_to_line(valid_utf8(lane));
  delivery.status = std::move(identity);
  delivery.rank = rank_;
  delivery.target = fold_to_line(valid_utf8(target));
  delivery.summary = summary_;
  delivery.payload = std::move(payload);
  made_.push_back(std::move(delivery));
}

void StatusSheet::leave_out(const Commit& commit, std::string_view reason) {
  std::string text;
  if (!commit.codebase.empty()) text = "codebase " + commit.codebase + ": ";
  text += reason;
  reasons_.push_back(fold_to_line(valid_utf8(text)));
}

std::vector<Delivery> StatusSheet::deliveries(const std::vector<std::string>& notes) && {
  std::vector<std::string> all = notes;
  for (const std::string& reason : reasons_)
    all.push_back(made_.empty() ? reason : "left out: " + reason);
  if (made_.empty()) {
    if (reasons_.empty()) all.emplace_back("the build has no sourcestamp");
    Delivery skipped;
    skipped.key = key_ + "none";
    skipped.lane = skipped.key;
    skipped.target = "no commit";
    skipped.summary = summary_;
    skipped.skip = true;
    made_.push_back(std::move(skipped));
  }
  for (Delivery& delivery : made_)
    delivery.note = joined_notes(all);
  return std::move(made_);
}

std::vector<ReportedCommit> reported_commits(const json::object& build, const Forge& forge, Hashes hashes,
                                             StatusSheet& sheet) {
  std::vector<ReportedCommit> reported;
  const std::vector<Commit> commits = commits_of(build);
  const std::vector<std::string> reasons = elsewhere(forge, commits);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    ReportedCommit one{i, commits[i]};
    complete_revision(build, one.commit, commits.size() == 1);
    const std::string why_not = reasons[i].empty() ? no_revision(one.commit.revision, hashes) : reasons[i];
    if (!why_not.empty()) {
      sheet.leave_out(one.commit, why_not);
    } else {
      reported.push_back(std::move(one));
    }
  }
  return reported;
}

}  // namespace carillon::reporter
