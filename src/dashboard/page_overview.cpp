// What needs a person first; then all builders with their newest builds.
#include <algorithm>
#include <set>

#include "dashboard/pages.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t shown_builders = 500;
constexpr std::size_t shown_builds = 10;
constexpr Millis day = 86'400'000;

struct Overview {
  view::Status status;
  std::vector<view::Need> needs;
  // Of what may yet end by itself.
  std::vector<std::string> notes;
  std::size_t dead_today = 0;
  std::vector<store::ListedBuilder> builders;
};

Html card(const Html& figure, std::string_view words, const std::string& link) {
  return html(R"(<li><a href="{}"><b>{}</b>{}</a></li>)", link, figure, words);
}

Html cards(const Overview& seen, const Links& links, Millis now) {
  std::size_t waiting = 0;
  Millis oldest = 0;
  for (const store::Ledger::Backlog& one : seen.status.backlog) {
    waiting += one.waiting;
    if (one.oldest > 0 && (oldest == 0 || one.oldest < oldest)) oldest = one.oldest;
  }
  for (const store::OpenWork& work : seen.status.open)
    waiting += work.notifications;
  std::size_t up = 0;
  std::size_t links_in_all = 0;
  if (seen.status.server) {
    for (const source::Observed& source : seen.status.server->sources) {
      if (!source.link) continue;
      ++links_in_all;
      up += source.link->up ? 1 : 0;
    }
  }
  Html list = card(html("{}", waiting), oldest > 0 ? "waiting, oldest " + duration(now - oldest) : "waiting",
                   links.to("deliveries?state=waiting"));
  list += card(html("{}", seen.dead_today), "dead in 24 h", links.to("deliveries?state=dead"));
  list += card(html("{}", seen.status.pauses.size()), "paused", links.to("reporters"));
  if (links_in_all > 0)
    list += card(html("{} of {}", up, links_in_all), "sources connected", links.to("sources"));
  return html(R"(<ul class="cards">{}</ul>)", list);
}

// How long it has been like this: of the newest builds in a row with the same result.
Html since(const store::ListedBuilder& builder, Millis now) {
  const auto first =
      std::ranges::find_if(builder.newest, [](const auto& build) { return build.results.has_value(); });
  if (first == builder.newest.end()) return {};
  Millis at = first->event.at;
  std::size_t times = 0;
  for (auto build = first;
       build != builder.newest.end() && (!build->results || build->results == first->results); ++build) {
    if (!build->results) continue;
    at = build->event.at;
    ++times;
  }
  return times > 1 ? html("{}, {}x", ago(at, now), times) : ago(at, now);
}

Html strip(const store::ListedBuilder& builder, const Links& links) {
  Html all;
  for (const store::ListedBuild& build : builder.newest) {
    const std::string title = "#" + std::to_string(build.run.number) + " " + std::string(word(build.results));
    all += html(R"(<a class="{}" href="{}" title="{}" aria-label="{}">{}</a>)", colour(build.results),
                links.build(build.event.source, build.builder, build.run), title, title, sign(build.results));
  }
  return html(R"(<span class="strip">{}</span>)", all);
}

bool is_unhappy(const store::ListedBuilder& builder) {
  for (const store::ListedBuild& build : builder.newest) {
    if (build.results) return *build.results == Results::failure || *build.results == Results::exception;
  }
  return false;
}

Html builders(const Overview& seen, const Asked& asked, const Links& links, Millis now) {
  const bool only_unhappy = asked.query.has("unhappy");
  std::set<std::string> sources;
  for (const store::ListedBuilder& builder : seen.builders)
    sources.insert(builder.source);
  Html rows;
  std::size_t shown = 0;
  for (const store::ListedBuilder& builder : seen.builders) {
    if (builder.newest.empty() || (only_unhappy && !is_unhappy(builder))) continue;
    ++shown;
    const Html source = sources.size() > 1 ? html(R"( <span class="dim">{}</span>)", builder.source) : Html();
    rows += html(R"(<tr><td><a href="{}">{}</a>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>)",
                 links.builder(builder.builder), builder.builder, source,
                 result(builder.newest.front().results), since(builder, now), strip(builder, links));
  }
  if (seen.builders.empty())
    return html(
        R"(<p>No build was heard of yet. <code>carillon check</code> says what each source needs.</p>)");
  const Html choice = only_unhappy ? html(R"(<p><a href="{}">all builders</a></p>)", links.to(""))
                                   : html(R"(<p><a href="?unhappy">only those that fail</a></p>)");
  if (shown == 0) return choice + html("<p>None fails.</p>");
  const Html more =
      seen.builders.size() == shown_builders
          ? html("<p>Only the first {} builders are shown; others can be searched for.</p>", shown_builders)
          : Html();
  return choice + table({"Builder", "Newest", "Since", "Builds, new to old"}, rows) + more;
}

// Where what needs a person can be seen.
std::string place_of(const view::Need& need, const Links& links) {
  switch (need.about) {
    case view::Need::About::dead:
      return links.deliveries("dead", need.name);
    case view::Need::About::waiting:
      return links.deliveries("waiting", need.name);
    case view::Need::About::missing:
      return links.reporter(need.name);
    case view::Need::About::source:
    case view::Need::About::server:
      break;
  }
  return links.to("sources");
}

Html page_of(const Overview& seen, const Asked& asked, const Links& links, Millis now) {
  Html needs;
  for (const view::Need& need : seen.needs)
    needs += html(R"(<li class="bad"><a href="{}">✗ {}</a></li>)", place_of(need, links), need.what);
  Html person = seen.needs.empty() ? html(R"(<p class="good">✓ Nothing needs a person.</p>)")
                                   : html("<ul>{}</ul>", needs);
  for (const std::string& note : seen.notes)
    person += html(R"(<p class="note">{}</p>)", note);
  return html("<h1>Overview</h1>{}<h2>Needs a person</h2>{}<h2>Builders</h2>{}", cards(seen, links, now),
              person, builders(seen, asked, links, now));
}

}  // namespace

void add_overview(std::vector<Place>& places, const World& world) {
  places.push_back({"GET", "/", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
                      const Millis now = world.clock.now();
                      Overview seen;
                      seen.status.running = true;
                      seen.status.server = world.server();
                      const auto add_work = work_question(world, now);
                      co_return co_await look(
                          world, asked,
                          [&](store::Ledger& ledger) {
                            add_work(seen.status, ledger);
                            seen.needs = view::needs_of(seen.status, now);
                            seen.notes = view::notes_of(seen.status, now);
                            seen.dead_today = ledger.dead_since(now - day);
                            seen.builders =
                                ledger.newest_builds(shown_builds, shown_builders, store::Bodies::left_out);
                            return true;
                          },
                          [&](bool) {
                            Page page;
                            page.title = "Overview";
                            page.topics = "builds deliveries reporters sources";
                            page.main = page_of(seen, asked, world.site.links(), now);
                            return world.site.show(page, asked);
                          });
                    }});
}

}  // namespace carillon::dashboard
