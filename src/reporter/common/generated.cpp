#include "reporter/common/generated.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "message/formatter.hpp"
#include "model/event.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/skipped.hpp"
#include "reporter/common/texts.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/common/wrapper.hpp"

namespace carillon::reporter {
namespace {

// What they say of builds calls nobody.
constexpr std::array<std::string_view, 3> heard_by_people = {"BitbucketServerPRCommentPush",
                                                             "GitHubCommentPush", "SlackStatusPush"};

// What the body of a report may be anything for.
constexpr std::array<std::string_view, 2> takes_anything = {"HttpStatusPush", "ReporterBase"};

// Buildbot's word for what happened to a build; empty for workers.
std::string_view event_word(EventKind kind) {
  switch (kind) {
    case EventKind::build_started:
      return "new";
    case EventKind::build_finished:
      return "finished";
    case EventKind::buildset_complete:
      return "complete";
    case EventKind::request_waiting:
      return "request";
    case EventKind::request_ended:
      return "cancel";
    default:
      return {};
  }
}

bool says_yes(const json::object& facts, std::string_view name) {
  const json::value* value = facts.if_contains(name);
  return value != nullptr && *value == json::value(true);
}

bool has_body(const json::object& report) {
  const json::value* body = report.if_contains("body");
  return body != nullptr && !body->is_null();
}

class Generated final : public Wrapping {
 public:
  Generated(std::unique_ptr<Reporter> plain, settings::ObjectPtr generator, const json::object& facts,
            const settings::Arguments& args, const Environment& environment)
      : Wrapping(std::move(plain)),
        generator_(std::move(generator)),
        env_(environment),
        steps_(says_yes(facts, "steps")),
        logs_(says_yes(facts, "logs")),
        previous_(says_yes(facts, "previous")),
        changes_(says_yes(facts, "changes")),
        needs_body_(!args.has("startDescription")),
        needs_text_(std::ranges::find(takes_anything, args.class_name()) == takes_anything.end()),
        breaks_mentions_(std::ranges::find(heard_by_people, args.class_name()) != heard_by_people.end()) {
    const json::array* modes = array_at(facts, "mode");
    if (modes == nullptr) return;
    for (const json::value& mode : *modes) {
      if (mode.is_string()) modes_.emplace_back(mode.get_string());
    }
  }

  Needs needs() const override {
    Needs needs = inner().needs();
    needs.properties = true;
    needs.steps |= steps_ || logs_;
    needs.logs |= logs_;
    needs.previous_build |= previous_;
    needs.changes |= changes_;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    const std::string_view event = event_word(details.kind);
    // What a silence held back has its words already.
    const bool worded_before = details.report.has_value();
    if (event.empty() || details.builds.empty() || worded_before) co_return co_await inner().compose(details);
    if (details.plain) co_return co_await inner().compose(details);
    auto made = co_await report(details, event);
    if (made && needs_text_ && made->is_object() && has_body(made->get_object())) {
      if (const auto message = message::read_message(*made); !message) made = failed(message);
    }
    if (!made) {
      auto worded = co_await inner().compose(details);
      if (!worded) co_return failed(worded);
      for (Delivery& delivery : *worded) {
        const char* so = delivery.skip ? "nothing is sent: " : "plain words are sent: ";
        delivery.note = joined_notes({std::string("the generator failed, so ") + so +
                                      fold_to_line(valid_utf8(made.error().what)) +
                                      (delivery.note.empty() ? "" : "; " + delivery.note)});
      }
      co_return worded;
    }
    if (made->is_null()) co_return nothing(details, "the generator does not want it");
    if (!made->is_object()) co_return nothing(details, "the generator returned no report");
    if (needs_body_ && !has_body(made->get_object())) {
      co_return nothing(details, "the generator's message has no body, so nothing is sent");
    }
    Details worded = details;
    worded.report = made->get_object();
    co_return co_await inner().compose(worded);
  }

 private:
  Task<json::value> report(const Details& details, std::string_view event) {
    json::array contexts;
    for (const json::object& build : details.builds) {
      const Asked asked{
          .properties = true, .steps = steps_ || logs_, .logs = logs_, .previous = true, .changes = true};
      json::object context =
          message::build_context(env_.site, modes_, facts_of(build).builder, asked_part(build, asked));
      if (breaks_mentions_) break_mentions(context);
      contexts.emplace_back(std::move(context));
    }
    json::array args;
    args.emplace_back(event);
    args.emplace_back(std::move(contexts));
    args.emplace_back(details.buildset);
    args.emplace_back(settings::Object::master_argument());
    return generator_->call("report", std::move(args), details.source);
  }

  static std::vector<Delivery> nothing(const Details& details, std::string_view why) {
    return nothing_to_send("generator", details, "nobody", std::string(why));
  }

  settings::ObjectPtr generator_;
  Environment env_;
  std::vector<std::string> modes_;
  bool steps_;
  bool logs_;
  bool previous_;
  bool changes_;
  bool needs_body_;
  bool needs_text_;
  bool breaks_mentions_;
};

}  // namespace

void add_generators_argument(settings::Schema& schema) {
  schema.arguments.push_back(
      {.name = "generators",
       .types = {settings::Type::list},
       .fallback = settings::Value{},
       .doc = "what is reported and how it is worded, instead of the arguments for that"});
}

std::unique_ptr<Reporter> generated(std::unique_ptr<Reporter> plain, const settings::Arguments& args,
                                    const Environment& environment) {
  if (!args.has("generators") || !args.given("generators")) return plain;
  const auto* parts = args.at("generators").as<settings::List>();
  if (parts == nullptr || parts->size() < 2) return plain;
  const auto* object = parts->back().as<settings::ObjectPtr>();
  const json::value facts = settings::to_json(parts->front());
  if (object == nullptr || !facts.is_object()) return plain;
  return std::make_unique<Generated>(std::move(plain), *object, facts.get_object(), args, environment);
}

}  // namespace carillon::reporter
