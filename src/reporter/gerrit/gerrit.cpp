#include "reporter/gerrit/gerrit.hpp"

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "model/members.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/summary.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/gerrit/gerrit_change.hpp"
#include "reporter/gerrit/gerrit_settings.hpp"
#include "reporter/gerrit/review.hpp"
#include "reporter/gerrit/ssh_command.hpp"

namespace carillon::reporter::gerrit {
namespace {

constexpr Millis version_lasts = 600'000;
constexpr Version usual_version{3, 0};  // what is shown when it is not known yet
constexpr std::size_t max_comments = std::size_t{16} << 20U;
constexpr std::int64_t clock_slack = 300;  // seconds that Gerrit's clock may be behind ours

std::string to_payload(const Patch& patch, const Review& review, std::int64_t since) {
  json::object payload;
  payload["project"] = patch.project;
  payload["revision"] = patch.revision;
  payload["message"] = review.message;
  json::array labels;
  for (const auto& [name, value] : review.labels)
    labels.push_back(json::array{name, value});
  payload["labels"] = std::move(labels);
  payload["since"] = since;
  return json::serialize(payload);
}

struct Stored {
  Patch patch;
  Review review;
  std::int64_t since = 0;
};

std::optional<Stored> parse_payload(const std::string& text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const json::object& payload = parsed.get_object();
  Stored stored;
  stored.patch.project = string_at(payload, "project").value_or("");
  stored.patch.revision = string_at(payload, "revision").value_or("");
  stored.review.message = string_at(payload, "message").value_or("");
  stored.since = integer_at(payload, "since").value_or(0);
  if (const json::array* labels = array_at(payload, "labels")) {
    for (const json::value& item : *labels) {
      const json::array& pair = item.as_array();
      stored.review.labels.emplace_back(pair.at(0).as_string(), pair.at(1).to_number<std::int64_t>());
    }
  }
  if (stored.patch.project.empty() || stored.patch.revision.empty()) return std::nullopt;
  return stored;
}

class GerritStatusPush final : public Reporter {
 public:
  GerritStatusPush(const settings::Arguments& args, const Environment& environment,
                   std::unique_ptr<process::Runner> runner)
      : env_(environment), settings_(read_settings(args)), where_(args.where()), runner_(std::move(runner)) {
    const Reported& events = settings_.reported;
    if (!events.started && !events.finished && !events.buildsets) {
      env_.log.warning("gerrit", where_ + ": GerritStatusPush has no callback, so it will report nothing");
    }
  }

  bool tells_programs() const override { return true; }

  Needs needs() const override {
    Needs needs;
    needs.steps = settings_.asked.steps;
    needs.logs = settings_.asked.logs;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    std::vector<Delivery> deliveries;
    if (details.builds.empty() || (!is_build(details.kind) && details.kind != EventKind::buildset_complete)) {
      co_return deliveries;
    }
    std::vector<std::string> notes;
    const std::optional<Review> review = co_await word(details, notes);
    if (!review && notes.empty()) {
      const Callback& callback = callback_of(details);
      co_return nothing_to_send("gerrit", details, settings_.target,
                                callback.function ? callback.name + " returned no message"
                                                  : "a build that is repeated gets no review");
    }
    const Patches patches = find_patches(details);
    if (!review || patches.found.empty()) {
      if (!patches.reason.empty()) notes.push_back(patches.reason);
      deliveries.push_back(skipped(details, notes));
      co_return deliveries;
    }
    for (const Patch& patch : patches.found)
      deliveries.push_back(delivery_for(details, patch, *review, notes));
    co_return deliveries;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    const auto stored = parse_payload(delivery.payload);
    if (!stored) co_return rejected("the stored review cannot be read");
    const auto version = co_await known_version();
    if (!version) co_return failed(version);
    Receipt receipt;
    if (delivery.maybe_sent && stored->review.message.find_first_not_of(" \t\n") != std::string::npos) {
      const auto there = co_await is_there(*stored);
      if (!there) co_return failed(there);
      if (*there) {
        receipt.answer = "the review is there already";
        co_return receipt;
      }
    }
    co_return co_await review(*version, *stored);
  }

  Shown show(const Delivery& delivery) const override {
    const auto stored = parse_payload(delivery.payload);
    if (!stored) return Reporter::show(delivery);
    std::vector<std::string> left_out;
    Shown shown;
    shown.how = "ssh " + settings_.target + ": gerrit review";
    shown.content = review_command(version_.value_or(usual_version), stored->patch, stored->review,
                                   settings_.notify, left_out);
    return shown;
  }

  // Gerrit limits the connections of one user.
  std::size_t concurrency() const override { return 4; }

 private:
  const Callback& callback_of(const Details& details) const {
    if (details.kind == EventKind::buildset_complete) return settings_.summary;
    return details.kind == EventKind::build_started ? settings_.start : settings_.review;
  }

  // nullopt: nothing is to be sent; `notes` say why when that is not the callback's own word.
  asio::awaitable<std::optional<Review>> word(const Details& details, std::vector<std::string>& notes) {
    const Callback& callback = callback_of(details);
    if (!callback.function || details.plain) co_return built_in_review(details);
    json::array args = callback_arguments(details, callback);
    const auto returned = co_await callback.function->call("", std::move(args), details.source);
    Result<Said> said = returned ? read_said(*returned) : failed(returned);
    if (said) {
      if (said->old_style) warn_of_old_style(callback);
      notes = std::move(said->notes);
      co_return std::move(said->review);
    }
    const std::string error = fold_to_line(valid_utf8(said.error().what));
    std::string note = returned ? callback.name + " (" + callback.function->where() + ") returned " + error
                                : callback.name + " failed: " + error;
    std::optional<Review> review = built_in_review(details);
    notes.push_back(note +
                    (review ? "; the built-in message was sent" : "; nothing is sent of a repeated build"));
    co_return review;
  }

  json::array callback_arguments(const Details& details, const Callback& callback) const {
    json::array args;
    if (details.kind == EventKind::buildset_complete) {
      const Results results = results_at(details.buildset).value_or(Results::exception);
      json::array infos = build_info_list(details);
      for (json::value& info : infos) {
        json::object& build = info.at("build").as_object();
        build = asked_part(build, settings_.asked);
      }
      args.emplace_back(std::move(infos));
      args.emplace_back(name(results));
      args.emplace_back(settings::Object::master_argument());
    } else {
      args.emplace_back(BuildView(details.builds.front()).builder().value_or(""));
      args.emplace_back(asked_part(details.builds.front(), settings_.asked));
      if (details.kind == EventKind::build_finished) {
        args.emplace_back(BuildView(details.builds.front()).results().value_or(4));
        args.emplace_back(settings::Object::master_argument());
      }
    }
    for (json::value& arg : args)
      break_mentions(arg);  // what a callback says of the build becomes a comment
    args.emplace_back(callback.argument);
    return args;
  }

  void warn_of_old_style(const Callback& callback) {
    if (std::exchange(warned_, true)) return;
    env_.log.warning("gerrit",
                     where_ + ": " + callback.name +
                         " returns (message, verified, reviewed), the form of old Buildbots; return "
                         "{'message': ..., 'labels': {...}}");
  }

  // All builds of a set are about the same changes, but one may lack the properties.
  static Patches find_patches(const Details& details) {
    Patches first = patches_of(details.builds.front());
    for (const json::object& build : details.builds) {
      Patches patches = patches_of(build);
      if (!patches.found.empty()) return patches;
    }
    return first;
  }

  Delivery skipped(const Details& details, const std::vector<std::string>& notes) const {
    Delivery delivery;
    delivery.key = "gerrit:" + details.event_id;
    delivery.lane = "gerrit " + details.event_id;
    delivery.target = settings_.target;
    delivery.summary = report_summary(details);
    delivery.note = joined_notes(notes);
    delivery.skip = true;
    return delivery;
  }

  Delivery delivery_for(const Details& details, const Patch& patch, const Review& review,
                        const std::vector<std::string>& notes) const {
    const std::string what = patch.project + " " + patch.revision;
    Delivery delivery;
    delivery.key = "gerrit:" + details.event_id + "#" + what;
    delivery.lane = "gerrit " + what;
    delivery.target = settings_.target + " " + what;
    delivery.summary = report_summary(details);
    delivery.note = joined_notes(notes);
    delivery.payload = to_payload(patch, review, env_.clock.now() / 1000 - clock_slack);
    return delivery;
  }

  // A label that is refused refuses the whole review: it is sent again without it.
  Task<Receipt> review(Version version, Stored stored) {
    std::string remarks;
    while (true) {
      std::vector<std::string> left_out;
      std::string command = review_command(version, stored.patch, stored.review, settings_.notify, left_out);
      const auto ended = co_await execute(std::move(command), settings_.limits);
      if (ended) {
        Receipt receipt;
        receipt.answer = "reviewed" + remarks;
        for (const std::string& label : left_out)
          receipt.answer += "; label " + label + " left out: this Gerrit is older than 2.6";
        co_return receipt;
      }
      const Failure& failure = ended.error();
      const auto label =
          failure.kind == Failure::Kind::rejected ? refused_label(failure.what, stored.review) : std::nullopt;
      if (!label) co_return failed(failure);
      std::erase_if(stored.review.labels, [&](const auto& one) { return one.first == *label; });
      if (stored.review.message.empty() && stored.review.labels.empty()) co_return failed(failure);
      remarks += "; label " + *label + " left out: " + ellipsize(fold_to_line(failure.what), 200);
    }
  }

  Task<process::Ended> execute(std::string command, process::Limits limits) {
    std::vector<std::string> argv = settings_.ssh;
    argv.push_back(std::move(command));
    auto ended = co_await runner_->run(std::move(argv), limits);
    if (!ended) co_return failed(ended);
    if (auto judged = judge(*ended); !judged) co_return failed(judged);
    co_return ended;
  }

  // A Gerrit that does not tell its version is one that cannot be reviewed now.
  Task<Version> known_version() {
    const Millis now = env_.clock.now();
    if (version_ && now - version_at_ < version_lasts) co_return *version_;
    const auto ended = co_await execute("gerrit version", settings_.limits);
    if (!ended) co_return unreachable(ended.error().what);
    version_ = parse_version(ended->out);
    version_at_ = now;
    if (!version_) {
      co_return unreachable("gerrit version answered '" +
                            ellipsize(fold_to_line(valid_utf8(ended->out)), 100) + "'");
    }
    co_return *version_;
  }

  // Who may not look may still send.
  Task<bool> is_there(const Stored& stored) {
    process::Limits limits = settings_.limits;
    limits.output = max_comments;
    const auto ended = co_await execute(comments_command(stored.patch), limits);
    if (!ended && ended.error().kind == Failure::Kind::rejected) co_return false;
    if (!ended) co_return failed(ended);
    co_return has_comment(ended->out, stored.patch, settings_.user, stored.review.message, stored.since);
  }

  Environment env_;
  Settings settings_;
  std::string where_;
  std::unique_ptr<process::Runner> runner_;
  std::optional<Version> version_;
  Millis version_at_ = 0;
  bool warned_ = false;
};

}  // namespace

std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment) {
  return make(args, environment, process::make_runner());
}

std::unique_ptr<Reporter> make(const settings::Arguments& args, const Environment& environment,
                               std::unique_ptr<process::Runner> runner) {
  return std::make_unique<GerritStatusPush>(args, environment, std::move(runner));
}

}  // namespace carillon::reporter::gerrit
