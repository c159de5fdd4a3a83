// The ledger, and one delivery with its attempts.
#include "dashboard/deeds.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/request_view.hpp"
#include "dashboard/words.hpp"
#include "view/story.hpp"

namespace carillon::dashboard {
namespace {

Html filter_form(const Asked& asked, const std::vector<std::string>& reporters) {
  const Fields& query = asked.query;
  return html(
      R"(<form class="filter"><label>state <select name="state">{}</select></label><label>reporter <select name="reporter">{}</select></label><label>builder <input name="builder" value="{}"></label><label>to <input name="to" value="{}"></label><label>since <input name="since" value="{}" placeholder="24h"></label><button>Show</button></form>)",
      options(state_words(), query.text("state")), options(reporters, query.text("reporter")),
      query.text("builder"), query.text("to"), query.text("since"));
}

std::vector<std::string> names_of(const std::vector<ReporterFacts>& reporters) {
  std::vector<std::string> names;
  for (const ReporterFacts& reporter : reporters)
    names.push_back(reporter.name);
  return names;
}

struct Listed {
  store::DeliveriesPage page;
  std::vector<store::Pause> pauses;
  std::vector<std::string> reporters;
  std::map<RowId, RowId> behind;
};

Html rows_of(const World& world, const Asked& asked, const Listed& all, Millis now) {
  const store::DeliveriesPage& listed = all.page;
  if (listed.rows.empty())
    return listed.next ? html("<p>None among the newest.</p>") : html("<p>There is no such delivery.</p>");
  const bool acts = asked.may(access::Role::operator_);
  const Html rows = table(
      {"Delivery", "State", "Reporter", "To", "About", "When", "Answer"},
      delivery_rows(listed.rows, world.site.links(), now, {all.pauses, world.server(), all.behind}, acts));
  return acts ? ticked_form(world, asked, rows) : rows;
}

Html attempts_of(const view::DeliveryStory& story, Millis now) {
  if (story.attempts.empty()) return {};
  Html rows;
  for (const store::LedgerAttempt& attempt : story.attempts)
    rows += html("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", moment(attempt.at, now), state(attempt.state),
                 attempt.answer);
  return html("<h2>Attempts</h2>{}", table({"When", "Then", "Answer"}, rows));
}

Html page_of(const view::DeliveryStory& story, const Links& links, Millis now,
             const std::optional<view::ServerStatus>& server, const Html& forms) {
  const store::LedgerRow& row = story.row;
  Html list;
  const auto add = [&](std::string_view name, const Html& value) {
    if (!value.empty()) list += html("<dt>{}</dt><dd>{}</dd>", name, value);
  };
  add("state", state(row.state));
  add("reporter", html(R"(<a href="{}">{}</a>)", links.reporter(row.reporter), row.reporter));
  add("to", text(row.target));
  add("about", row.builder.empty() ? text(row.summary)
                                   : html(R"(<a href="{}">{}</a>)",
                                          links.build(row.source, row.builder, row.run), row.summary));
  add("answer", text(row.answer));
  add("note", text(row.note));
  add("made", moment(row.created, now));
  if (row.settled_at) add("settled", moment(*row.settled_at, now));
  if (row.state == DeliveryState::waiting) {
    add("next try", row.next_at <= now ? text("due") : moment(row.next_at, now));
    add("waits", text(view::why_waiting(story, view::no_answer_of(server, row.reporter))));
    add("target", no_answer(server, row.reporter, now));
  }
  if (story.pause) add("paused", html("until {}: {}", moment(story.pause->until, now), story.pause->why));
  add("tries", html("{}", row.attempts));
  add("key", html("<code>{}</code>", row.key));
  add("event", html("<code>{}</code>", row.event_key));
  Html parts;
  for (const std::string& part : row.settled)
    parts += part.starts_with('!') ? html("<li>{}: refused</li>", part.substr(1))
                                   : html("<li>{}: delivered</li>", part);
  if (!parts.empty()) add("parts", html("<ul>{}</ul>", parts));
  Html files;
  for (const PayloadFile& file : row.files)
    files += html("<li>{}, {} bytes</li>", file.label, file.size);
  if (!files.empty()) add("with", html("<ul>{}</ul>", files));
  return html(R"(<h1>Delivery #{}</h1><dl class="facts">{}</dl>{}{})", row.id, list, attempts_of(story, now),
              forms);
}

// What was sent; of who may not read it, that there is something.
Html request_of(const World& world, const Asked& asked, const store::LedgerRow& row,
                const std::optional<store::StoredDelivery>& stored) {
  if (row.state == DeliveryState::skipped) return {};
  if (!asked.may(access::Role::operator_))
    return html("<h2>Request</h2><p>What is sent is for the role operator to see.</p>");
  if (!stored) return {};
  return html("<h2>Request</h2>{}", shown_request(world.views.request(row.reporter, stored->delivery),
                                                  world.site.links().delivery(row.id) + "/mail.html"));
}

struct Told {
  view::DeliveryStory story;
  std::optional<store::StoredDelivery> stored;
};

}  // namespace

void add_deliveries(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/deliveries", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const auto wanted = deliveries_filter(asked.query, now);
         if (!wanted) co_return world.site.sorry(400, wanted.error().what, asked);
         if (wanted->filter.target && world.site.privacy(asked).masks())
           co_return world.site.sorry(403, no_search("to"), asked);
         const auto behind_of = behind_question(world);
         co_return co_await look(
             world, asked,
             [&](store::Ledger& ledger) {
               Listed listed{ledger.deliveries_before(wanted->filter, wanted->before), ledger.pauses(),
                             ledger.reporters()};
               listed.behind = behind_of(ledger, listed.page.rows);
               return listed;
             },
             [&](const Listed& listed) {
               Page page;
               page.title = "Deliveries";
               page.topics = "deliveries";
               page.main = html("<h1>Deliveries</h1>{}{}{}{}", unknown_fields(asked, deliveries_fields),
                                filter_form(asked, listed.reporters), rows_of(world, asked, listed, now),
                                older(asked, listed.page.next));
               return world.site.show(page, asked);
             },
             filter_form(asked, names_of(world.reporters())));
       }});
}

void add_delivery(std::vector<Place>& places, const World& world) {
  places.push_back({"GET", "/deliveries/{id}", access::Role::viewer,
                    [world](Asked asked) -> asio::awaitable<web::Response> {
                      const Millis now = world.clock.now();
                      const std::string typed = asked.part("id");
                      const std::int64_t id = id_of(typed).value_or(0);
                      co_return co_await look(
                          world, asked,
                          [&](store::Ledger& ledger) -> std::optional<Told> {
                            auto row = ledger.delivery(id);
                            if (!row) return std::nullopt;
                            Told told{view::story_of(ledger, std::move(*row), ledger.pauses(), now), {}};
                            if (asked.may(access::Role::operator_)) told.stored = ledger.stored(id);
                            return told;
                          },
                          [&](const std::optional<Told>& told) {
                            if (!told)
                              return world.site.sorry(404, "There is no delivery " + typed + ".", asked);
                            Page page;
                            page.title = "Delivery #" + std::to_string(id);
                            page.topics = "deliveries";
                            page.main = page_of(told->story, world.site.links(), now, world.server(),
                                                delivery_forms(world, asked, told->story.row)) +
                                        request_of(world, asked, told->story.row, told->stored);
                            return world.site.show(page, asked);
                          });
                    }});
}

}  // namespace carillon::dashboard
