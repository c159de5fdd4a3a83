// Reporters with their rules, queues and pauses; sources with their connections.
#include <algorithm>

#include "dashboard/deeds.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/words.hpp"
#include "view/builds.hpp"
#include "view/node.hpp"

namespace carillon::dashboard {
namespace {

template <class List>
auto* of(List& list, const std::string& reporter) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.reporter == reporter; });
  return found == list.end() ? nullptr : &*found;
}

Html queue_of(const view::Status& work, const std::string& reporter, const Links& links, Millis now) {
  Html words;
  if (const auto* backlog = of(work.backlog, reporter)) {
    if (backlog->waiting > 0)
      words += html(R"(<a class="wait" href="{}">{} waiting</a>, the oldest since {} )",
                    links.deliveries("waiting", reporter), backlog->waiting, ago(backlog->oldest, now));
    if (backlog->dead > 0)
      words += html(R"(<a class="bad" href="{}">✗ {} dead</a> )", links.deliveries("dead", reporter),
                    backlog->dead);
  }
  if (const auto* open = of(work.open, reporter); open != nullptr && open->notifications > 0)
    words += html(R"(<span class="wait">{} not worded yet</span> )", open->notifications);
  if (const auto* pause = of(work.pauses, reporter))
    words += html(R"(<span class="bad">paused until {}: {}</span> )", moment(pause->until, now), pause->why);
  if (const Html silent = no_answer(work.server, reporter, now); !silent.empty())
    words += html(R"(<span class="bad">✗ {}</span>)", silent);
  return words.empty() ? html(R"(<span class="good">✓ nothing waits</span>)") : words;
}

Html rules_of(const ReporterFacts& reporter) {
  Html lines;
  for (const std::string& rule : reporter.rules)
    lines += html("<li>{}</li>", rule);
  return html("<ul>{}</ul>", lines);
}

// What waits for reporters that nobody configured.
Html missing(const view::Status& work, const std::vector<ReporterFacts>& reporters) {
  Html list;
  for (const store::OpenWork& open : work.open) {
    const auto known = [&](const ReporterFacts& one) { return one.name == open.reporter; };
    if (std::ranges::any_of(reporters, known)) continue;
    list += html(R"(<li class="bad">✗ {} is not configured, and {} of its reports wait for it</li>)",
                 open.reporter, open.deliveries + open.notifications);
  }
  return list.empty() ? Html() : html("<ul>{}</ul>", list);
}

}  // namespace

void add_reporters(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/reporters", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const std::vector<ReporterFacts> reporters = world.reporters();
         const auto add_work = work_question(world, now);
         const view::ServerStatus server = world.server();
         co_return co_await look(
             world, asked,
             [&](store::Ledger& ledger) {
               view::Status work;
               work.server = server;
               add_work(work, ledger);
               return work;
             },
             [&](const view::Status& work) {
               const Links& links = world.site.links();
               Html rows;
               for (const ReporterFacts& reporter : reporters) {
                 const Html draining =
                     reporter.draining ? html(R"( <span class="dim">taken out</span>)") : Html();
                 rows += html(R"(<tr><td><a href="{}">{}</a>{}</td><td>{}</td><td>{}</td></tr>)",
                              links.reporter(reporter.name), reporter.name, draining, rules_of(reporter),
                              queue_of(work, reporter.name, links, now));
               }
               Page page;
               page.title = "Reporters";
               page.topics = "reporters deliveries";
               page.main = html("<h1>Reporters</h1>{}{}", missing(work, reporters),
                                reporters.empty() ? html("<p>No reporter is configured.</p>")
                                                  : table({"Reporter", "Rules", "Queue"}, rows));
               return world.site.show(page, asked);
             });
       }});
  places.push_back(
      {"GET", "/reporters/{name}", access::Role::viewer,
       [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const std::string name = asked.part("name");
         const std::vector<ReporterFacts> reporters = world.reporters();
         const auto found =
             std::ranges::find_if(reporters, [&](const auto& one) { return one.name == name; });
         struct Seen {
           view::Status work;
           store::DeliveriesPage page;
           std::map<RowId, RowId> behind = {};
         };
         store::LedgerFilter filter;
         filter.reporter = name;
         const auto add_work = work_question(world, now);
         const auto behind_of = behind_question(world);
         const view::ServerStatus server = world.server();
         co_return co_await look(
             world, asked,
             [&](store::Ledger& ledger) {
               Seen seen{{}, ledger.deliveries_before(filter, std::numeric_limits<std::int64_t>::max())};
               seen.work.server = server;
               add_work(seen.work, ledger);
               seen.behind = behind_of(ledger, seen.page.rows);
               return seen;
             },
             [&](const Seen& seen) {
               if (found == reporters.end() && seen.page.rows.empty())
                 return world.site.sorry(404, "There is no reporter '" + name + "'.", asked);
               const Links& links = world.site.links();
               const bool is_paused = of(seen.work.pauses, name) != nullptr;
               const Html rules =
                   found == reporters.end() ? html("<p>It is not configured.</p>") : rules_of(*found);
               const Html rows =
                   seen.page.rows.empty()
                       ? html("<p>Nothing yet.</p>")
                       : table({"Delivery", "State", "Reporter", "To", "About", "When", "Answer"},
                               delivery_rows(seen.page.rows, links, now,
                                             {seen.work.pauses, seen.work.server, seen.behind}));
               Page page;
               page.title = name;
               page.topics = "reporters deliveries";
               page.main = html(
                   "<h1>{}</h1><h2>Rules</h2>{}<h2>Queue</h2><p>{}</p>{}<h2>Newest deliveries</h2>{}", name,
                   rules, queue_of(seen.work, name, links, now),
                   found == reporters.end() ? Html() : reporter_forms(world, asked, name, is_paused), rows);
               return world.site.show(page, asked);
             });
       }});
}

void add_sources(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/sources", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         view::ServerStatus status = world.server();
         const auto add_heard = [&](store::Ledger& ledger) {
           view::add_heard(status.sources, ledger);
           return true;
         };
         co_return co_await look(world, asked, add_heard, [&](bool) {
           Html rows;
           for (const source::Observed& source : status.sources) {
             Html link = html(R"(<span class="dim">builds are posted to it</span>)");
             if (source.link && source.link->up) {
               link =
                   html(R"(<span class="good">✓ connected since {}</span>)", moment(source.link->since, now));
             } else if (source.link) {
               link =
                   html(R"(<span class="bad">✗ not connected since {}</span>: {}{})",
                        moment(source.link->since, now), source.link->trouble,
                        source.link->next > 0 ? html("; next try {}", ago(source.link->next, now)) : Html());
             }
             Html heard = source.heard_at ? ago(*source.heard_at, now) : html("-");
             if (const source::Refused* refused = view::fresh_refusal(source, now)) {
               heard += html(R"(<br><span class="bad">✗ refused {}</span>: {} {})", ago(refused->at, now),
                             refused->status, refused->why);
             }
             rows += html("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", source.name,
                          foreign_link(source.url, source.url), link, heard);
           }
           Html nodes;
           for (const store::Node& node : status.nodes) {
             nodes +=
                 html("<tr><td>{}</td><td>{}</td><td>{}</td><td>carillon {}</td><td>{}</td><td>{}</td></tr>",
                      node.name, view::state_of(node), node.url, node.program, node.configuration,
                      moment(node.began, now));
           }
           if (!nodes.empty()) {
             nodes = html("<h2>Nodes</h2>{}",
                          table({"Node", "State", "Address", "Version", "Configuration", "Since"}, nodes));
           }
           Html wrong;
           for (const std::string& one : status.wrong)
             wrong += html(R"(<li class="bad">✗ {}</li>)", one);
           Page page;
           page.title = "Sources";
           page.topics = "sources builds";
           page.main =
               html("<h1>Sources</h1>{}<p>{}, running since {}</p>{}{}",
                    wrong.empty() ? Html() : html("<ul>{}</ul>", wrong), status.version,
                    moment(status.started, now),
                    status.sources.empty() ? html("<p>No source is configured.</p>")
                                           : table({"Source", "Address", "Connection", "Last heard"}, rows),
                    nodes);
           return world.site.show(page, asked);
         });
       }});
}

}  // namespace carillon::dashboard
