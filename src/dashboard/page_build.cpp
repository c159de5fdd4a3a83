// One build: who was told, who was not, and why.
#include <algorithm>

#include "base/text.hpp"
#include "base/url.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/latest.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/words.hpp"
#include "model/build.hpp"
#include "view/told.hpp"

namespace carillon::dashboard {
namespace {

using view::DeliveryStory;
using view::EventStory;

constexpr std::size_t shown_reason = 2000;

// What every part of the page is shown with.
struct Shown {
  const Links& links;
  Millis now;
  std::optional<view::ServerStatus> server;
};

// The build as its newest event has it; null: the events are of requests alone.
const EventStory* newest_of(const std::vector<EventStory>& stories) {
  const EventStory* newest = nullptr;
  for (const EventStory& story : stories) {
    const EventKind kind = kind_of(story.event.event.key);
    if (kind == EventKind::build_started || kind == EventKind::build_finished) newest = &story;
  }
  return newest;
}

// Of a text, in characters.
constexpr std::size_t longest_shown = 20'000;

// What builds that came without an address of their own got: the page one is on.
bool is_page_here(std::string_view url, const BuildFacts& build, const Links& links) {
  const auto parsed = Url::parse(url);
  return parsed && parsed->query.empty() && parsed->path == links.build({}, build.builder, build.run());
}

Html facts(const EventStory& story, const Links& links, Millis now) {
  const json::object& body = story.event.event.body;
  const BuildView build(body);
  const BuildFacts of_build = facts_of(body);
  Html list;
  const auto add = [&](std::string_view name, const Html& value) {
    if (!value.empty()) list += html("<dt>{}</dt><dd>{}</dd>", name, value);
  };
  add("result", result(of_build.results));
  add("says", text(ellipsize(build.state_string().value_or(""), longest_shown)));
  add("branch", text(of_build.branch));
  if (const json::array* stamps = build.sourcestamps(); stamps != nullptr && !stamps->empty()) {
    if (const json::object* stamp = stamps->front().if_object())
      add("revision", text(text_at(*stamp, "revision").substr(0, 40)));
  }
  add("people", text(joined(responsible_users(body), ", ")));
  if (const auto started = build.started_at()) {
    const Millis begun = *started * 1000;
    const auto complete = build.complete_at();
    add("time", complete ? html("{}, {}", moment(begun, now), duration(*complete * 1000 - begun))
                         : html("{}, {} so far", moment(begun, now), duration(now - begun)));
  }
  add("source", text(story.event.event.source));
  if (const auto url = build.url(); url && !url->empty() && !is_page_here(*url, of_build, links))
    add("page", foreign_link(*url, "the build's own page"));
  return html(R"(<dl class="facts">{}</dl>)", list);
}

Html delivery_line(const DeliveryStory& story, const Shown& shown) {
  const store::LedgerRow& row = story.row;
  const Html tries = row.attempts > 1 ? html(", {} tries", row.attempts) : Html();
  const Html note = row.note.empty() ? Html() : html(R"(<br><span class="dim">{}</span>)", row.note);
  const std::string why = row.state == DeliveryState::waiting
                              ? view::why_waiting(story, view::no_answer_of(shown.server, row.reporter))
                              : row.answer;
  return html(R"(<li>{} <a href="{}">#{}</a> → {}, {}{}{}{}{}</li>)", state(row.state),
              shown.links.delivery(row.id), row.id, row.target, delivery_time(story, shown.now), tries,
              why.empty() ? "" : ": ", why, note);
}

// Where to see what it would send now.
Html preview_of(const Event& event, const std::string& reporter, const Links& links) {
  const EventKind kind = kind_of(event.key);
  if (kind != EventKind::build_started && kind != EventKind::build_finished) return {};
  const BuildFacts facts = facts_of(event.body);
  return html(R"( <a href="{}">preview</a>)",
              links.preview(event.source, facts.builder, facts.run(), reporter,
                            kind == EventKind::build_started ? "new" : "finished"));
}

bool is_told(const Decision& decision) {
  return decision.outcome == Decision::Outcome::report || decision.outcome == Decision::Outcome::summary;
}

// How far its deliveries of the event are: what is not done yet, or failed, before what arrived.
std::optional<DeliveryState> came_to(const EventStory& story, const std::string& reporter) {
  using enum DeliveryState;
  for (const DeliveryState one : {dead, waiting, dropped, delivered, superseded, skipped}) {
    const auto is_it = [&](const DeliveryStory& delivery) {
      return delivery.row.reporter == reporter && delivery.row.state == one;
    };
    if (std::ranges::any_of(story.deliveries, is_it)) return one;
  }
  return std::nullopt;
}

// Whether the reporter told of it, in a word.
Html told_mark(const EventStory& story, const ReporterDecision& decided, bool unworded, const Links& links) {
  if (const std::int64_t silence = decided.decision.silence; silence != 0)
    return html(R"(<a class="wait" href="{}">◌ silenced</a>)",
                links.to("silences/" + std::to_string(silence)));
  if (!is_told(decided.decision)) return html(R"(<span class="dim">– no</span>)");
  if (decided.decision.outcome == Decision::Outcome::summary)
    return html(R"(<span class="good">✓ with its buildset</span>)");
  const auto came = came_to(story, decided.reporter);
  if (came && *came != DeliveryState::delivered) return state(*came);
  if (unworded) return html(R"(<span class="wait">◷ not yet</span>)");
  return came ? html(R"(<span class="good">✓ yes</span>)") : html(R"(<span class="dim">– nobody</span>)");
}

// What was decided of an event for one reporter, and what came of it.
Html decision_row(const EventStory& story, const ReporterDecision& decided, const Shown& shown) {
  const Links& links = shown.links;
  const bool told = is_told(decided.decision);
  Html deliveries;
  for (const DeliveryStory& delivery : story.deliveries) {
    if (delivery.row.reporter == decided.reporter) deliveries += delivery_line(delivery, shown);
  }
  const auto& open = story.event.open_notifications;
  const bool unworded = std::ranges::find(open, decided.reporter) != open.end();
  Html came = deliveries.empty() ? Html() : html("<ul>{}</ul>", deliveries);
  if (unworded) came += html(R"(<p class="wait">◷ not worded yet</p>)");
  if (told && decided.decision.outcome == Decision::Outcome::report && !unworded && deliveries.empty())
    came += html(R"(<p class="dim">there was nobody to tell</p>)");
  return html(R"(<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}{}{}</td></tr>)",
              links.reporter(decided.reporter), decided.reporter, told_mark(story, decided, unworded, links),
              decided.decision.reason.substr(0, shown_reason), came,
              preview_of(story.event.event, decided.reporter, links));
}

Html event_section(const EventStory& story, const Shown& shown) {
  const store::LedgerEvent& entry = story.event;
  const std::string by = text_at(entry.event.body, "heard_by");
  Html rows;
  // Who is told comes first.
  for (const bool told : {true, false}) {
    for (const ReporterDecision& decided : entry.decisions) {
      if (is_told(decided.decision) == told) rows += decision_row(story, decided, shown);
    }
  }
  Html list;
  for (const std::string& note : story.notes)
    list += html(R"(<p class="note">{}</p>)", note);
  if (!entry.event.untold.empty())
    list += html(R"(<p class="note">Nobody is told: {}</p>)", entry.event.untold);
  if (entry.decisions.empty()) {
    if (entry.event.untold.empty()) list += html("<p>No reporter was configured then.</p>");
  } else {
    list += table({"Reporter", "Told", "Why"}, rows);
  }
  const Html whence = by.empty() ? Html() : html(" ({})", by);
  return html(
      R"(<section><h2>{}</h2><p class="dim">heard {} from {}{}; the reasons are those of then</p>{}</section>)",
      view::title_of(entry), moment(entry.heard, shown.now), entry.event.source, whence, list);
}

// "Was I told?" for one address.
Html told_section(const view::Told& told, const Shown& shown) {
  Html list;
  for (const view::ToldBy& one : told.by) {
    const Html own =
        one.state == one.delivery->row.state ? Html() : html("; for this address: {}", state(one.state));
    list += html("<li>{}: by {}{}{}</li>", view::title_of(one.event->event), one.delivery->row.reporter, own,
                 html("<ul>{}</ul>", delivery_line(*one.delivery, shown)));
  }
  if (!told.by.empty()) {
    const char* answer = told.is_told() ? "was told" : "was not told so far";
    return html(R"(<div class="note"><b>{}</b> {}:<ul>{}</ul></div>)", told.who, answer, list);
  }
  for (const view::Untold& one : told.untold) {
    list += html("<li>{}: {}{}</li>", view::title_of(one.event->event),
                 one.reporter.empty() ? Html() : html("{} ", one.reporter), one.why);
  }
  return html(
      R"(<div class="note"><b>{}</b> was not told: no report of this build went to that address.<ul>{}</ul></div>)",
      told.who, list);
}

Html who_form(const Asked& asked) {
  const std::string source = asked.query.text("source");
  const Html kept =
      source.empty() ? Html() : html(R"(<input type="hidden" name="source" value="{}">)", source);
  return html(
      R"(<form class="filter">{}<label>Was I told? <input name="who" value="{}" placeholder="alice@example.org"></label><button>Look</button></form>)",
      kept, asked.query.text("who"));
}

Html page_of(const std::vector<EventStory>& stories, const Asked& asked, const Shown& shown) {
  const Links& links = shown.links;
  const EventStory* newest = newest_of(stories);
  const std::string builder = asked.part("builder");
  Html main =
      html(R"(<h1><a href="{}">{}</a> #{}</h1>)", links.builder(builder), builder, asked.part("number"));
  if (newest != nullptr) main += facts(*newest, links, shown.now);
  main += who_form(asked);
  if (asked.may(access::Role::operator_)) {
    const std::string form = links.to("silences/new" + Fields().query_with("builder", builder));
    main += html(R"(<p><a href="{}">Silence this builder</a></p>)", form);
  }
  if (const std::string who = asked.query.text("who"); !who.empty())
    main += told_section(view::told_to(stories, who), shown);
  for (const EventStory& story : stories)
    main += event_section(story, shown);
  return main;
}

asio::awaitable<web::Response> newest_build(const World& world, const Asked& asked) {
  const auto wanted = latest_asked(asked);
  if (!wanted) co_return world.site.sorry(400, wanted.error().what, asked);
  const store::BuildsFilter& filter = *wanted;
  co_return co_await look(
      world, asked, [&](store::Ledger& ledger) { return latest_of(ledger, filter); },
      [&](const std::optional<store::ListedBuild>& found) {
        if (!found) return world.site.sorry(404, "There is no such build of " + filter.builder + ".", asked);
        const std::string source = filter.source;
        web::Response response = redirect(world.site.links().build(source, found->builder, found->run));
        response.status = 302;
        response.headers.emplace_back("Cache-Control", "no-cache");
        return response;
      });
}

}  // namespace

void add_build(std::vector<Place>& places, const World& world) {
  places.push_back({"GET", "/b/{builder}/{number}", access::Role::viewer,
                    [world](Asked asked) -> asio::awaitable<web::Response> {
                      if (asked.part("number") == "latest") co_return co_await newest_build(world, asked);
                      BuildName name;
                      name.builder = asked.part("builder");
                      name.source = asked.query.text("source");
                      name.number = number_of(asked.part("number"));
                      if (!name.number)
                        co_return world.site.sorry(404, "A build's number is a number, or 'latest'.", asked);
                      const Millis now = world.clock.now();
                      co_return co_await look(
                          world, asked,
                          [&](store::Ledger& ledger) { return view::story_of(ledger, name, now); },
                          [&](const std::vector<EventStory>& stories) {
                            if (stories.empty())
                              return world.site.sorry(404,
                                                      "Nothing was heard of build #" + asked.part("number") +
                                                          " of '" + name.builder + "'.",
                                                      asked);
                            Page page;
                            page.title = name.builder + " #" + asked.part("number");
                            page.topics = "builds deliveries";
                            page.main = page_of(stories, asked, {world.site.links(), now, world.server()});
                            return world.site.show(page, asked);
                          });
                    }});
  // What people type: "linux", "linux/7".
  places.push_back(
      {"GET", "/search", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const std::string typed = asked.query.text("q");
         const Links& links = world.site.links();
         if (typed.empty()) co_return redirect(links.to("builds"));
         const auto name = parse_build_name(typed);
         if (name && !name->builder.empty() && name->number)
           co_return redirect(links.build({}, name->builder, {*name->number, 1}));
         co_return redirect(links.builder(typed));
       }});
}

}  // namespace carillon::dashboard
