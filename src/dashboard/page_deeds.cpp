// The forms of the pages, and the audit log.
#include <algorithm>
#include <array>
#include <limits>

#include "base/terminal.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/deeds.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_form = std::size_t{64} << 10U;

Place form(std::string path, access::Role role,
           std::function<asio::awaitable<web::Response>(Asked)> handler) {
  return {"POST", std::move(path), role, std::move(handler), most_form, false};
}

// What was done, and where to go on from.
web::Response shown(const World& world, const Asked& asked, const Done& done, const std::string& back,
                    const Html& more = {}) {
  if (done.status != 200) return world.site.sorry(done.status, done.words, asked);
  Page page;
  page.title = done.in_vain ? "Tried" : "Done";
  const Html words = done.in_vain ? html(R"(<p class="bad">✗ {}</p>)", done.words)
                                  : html(R"(<p class="good">✓ {}</p>)", done.words);
  page.main = html(R"(<h1>{}</h1>{}{}<p><a href="{}">Back</a></p>)", page.title, words, more, back);
  return world.site.show(page, asked);
}

// The deliveries whose boxes are ticked: fields "id.7".
std::vector<std::int64_t> ticked(const Fields& fields) {
  std::vector<std::int64_t> ids;
  for (const auto& [name, value] : fields.all()) {
    if (!name.starts_with("id.")) continue;
    if (const auto id = id_of(std::string_view(name).substr(3))) ids.push_back(*id);
  }
  return ids;
}

// Of the list; where all that match are meant, a form has them, how many there were, and the newest one.
constexpr std::array<const char*, 5> filter_fields{"state", "reporter", "builder", "to", "since"};

// The boxes that are ticked, or all that the filter had. Failure: neither.
Result<Many> chosen_by(const Fields& fields, Millis now) {
  Many many;
  if (!fields.has("expect")) {
    many.ids = ticked(fields);
    if (many.ids.empty()) return rejected("No delivery was chosen.");
    return many;
  }
  const auto expect = fields.number("expect", 1, most_at_once);
  if (!expect) return failed(expect.error());
  const auto newest = fields.number("up_to", 1, std::numeric_limits<std::int64_t>::max());
  if (!newest) return failed(newest.error());
  const auto wanted = deliveries_filter(fields, now);
  if (!wanted) return failed(wanted.error());
  many.filter = wanted->filter;
  many.by_filter = true;
  many.expected = static_cast<std::size_t>(expect->value_or(0));
  many.up_to = newest->value_or(0);
  return many;
}

Html deed_buttons(std::string_view resend, std::string_view drop) {
  return html(
      R"(<p><label>why <input name="reason" maxlength="200"></label> <button name="deed" value="resend">{}</button> <button name="deed" value="drop">{}</button></p>)",
      resend, drop);
}

bool is_changeable(const std::optional<DeliveryState>& state) {
  return state == DeliveryState::waiting || state == DeliveryState::dead;
}

// What was seen goes along, so that nothing else is changed. since: as a moment, which does not go on with
// the clock.
Html all_form(const World& world, const Asked& asked, const Counted& seen, Millis since) {
  Html fields =
      html(R"(<input type="hidden" name="expect" value="{}"><input type="hidden" name="up_to" value="{}">)",
           seen.count, seen.newest);
  Html words;
  for (const char* name : filter_fields) {
    const std::string value =
        std::string_view(name) == "since" && since > 0 ? iso(since) : asked.query.text(name);
    if (value.empty()) continue;
    fields += html(R"(<input type="hidden" name="{}" value="{}">)", name, value);
    words += html("<dt>{}</dt><dd>{}</dd>", name, value);
  }
  return html(R"(<dl class="facts">{}</dl><form method="post" action="{}">{}{}{}</form>)", words,
              world.site.links().to("deliveries"), Site::form_token(asked), fields,
              deed_buttons("Send all " + std::to_string(seen.count) + " again",
                           "Drop all " + std::to_string(seen.count) + ": never send them"));
}

void add_all_page(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/deliveries/all", access::Role::operator_,
       [world](Asked asked) -> asio::awaitable<web::Response> {
         auto wanted = deliveries_filter(asked.query, world.clock.now());
         if (!wanted) co_return world.site.sorry(400, wanted.error().what, asked);
         if (!is_changeable(wanted->filter.state))
           co_return world.site.sorry(400, "state: choose waiting or dead; others are changed one by one",
                                      asked);
         constexpr Millis second = 1000;
         wanted->filter.since -= wanted->filter.since % second;
         co_return co_await look(
             world, asked, [&](store::Ledger& ledger) { return counted_by(ledger, wanted->filter); },
             [&](const Counted& seen) {
               const std::string back =
                   world.site.links().to("deliveries") + asked.query.query_with("before", "");
               Page page;
               page.title = "All that match";
               const Html form = seen.count > most_at_once
                                     ? html("<p>These are too many at once: choose fewer.</p>")
                                 : seen.count == 0 ? html("<p>There is no such delivery any more.</p>")
                                                   : all_form(world, asked, seen, wanted->filter.since);
               page.main = html(R"(<h1>All that match: {}</h1>{}<p><a href="{}">Back</a></p>)",
                                seen.count > most_at_once ? "more than " + std::to_string(most_at_once)
                                                          : counted(seen.count, "report"),
                                form, back);
               return world.site.show(page, asked);
             });
       }});
}

Html outcomes_of(const json::object& told) {
  const json::array* outcomes = array_at(told, "outcomes");
  if (outcomes == nullptr || outcomes->empty()) return html("<p>There was nobody to tell.</p>");
  Html list;
  for (const json::value& outcome : *outcomes) {
    const json::object* one = outcome.if_object();
    if (one == nullptr) continue;
    list += html("<li>{}: {}: {}</li>", text_at(*one, "target"), text_at(*one, "outcome"),
                 text_at(*one, "answer"));
  }
  return html("<ul>{}</ul>", list);
}

void add_delivery_forms(std::vector<Place>& places, const World& world) {
  places.push_back(form("/deliveries/{id}/{deed}", access::Role::operator_,
                        [world](Asked asked) -> asio::awaitable<web::Response> {
                          const std::int64_t id = id_of(asked.part("id")).value_or(0);
                          const std::string reason = asked.form.text("reason");
                          const std::string deed = asked.part("deed");
                          if (deed != "resend" && deed != "drop")
                            co_return world.site.sorry(404, "A delivery can be resent or dropped.", asked);
                          const Done done = deed == "resend"
                                                ? co_await resend(world, asked.caller, id, reason)
                                                : co_await drop(world, asked.caller, id, reason);
                          if (done.status != 200) co_return world.site.sorry(done.status, done.words, asked);
                          co_return redirect(world.site.links().delivery(id));
                        }));
  places.push_back(
      form("/deliveries", access::Role::operator_, [world](Asked asked) -> asio::awaitable<web::Response> {
        const auto chosen = chosen_by(asked.form, world.clock.now());
        if (!chosen) co_return world.site.sorry(400, chosen.error().what, asked);
        const Many& many = *chosen;
        const std::string deed = asked.form.text("deed");
        if (deed != "resend" && deed != "drop")
          co_return world.site.sorry(400, "Deliveries can be resent or dropped.", asked);
        const Done done = co_await do_many(world, asked.caller, deed == "resend" ? What::resend : What::drop,
                                           many, asked.form.text("reason"));
        co_return shown(world, asked, done, world.site.links().to("deliveries"));
      }));
}

void add_reporter_forms(std::vector<Place>& places, const World& world) {
  places.push_back(
      form("/reporters/{name}/{deed}", access::Role::operator_,
           [world](Asked asked) -> asio::awaitable<web::Response> {
             const std::string name = asked.part("name");
             const std::string deed = asked.part("deed");
             const std::string reason = asked.form.text("reason");
             const std::string back = world.site.links().reporter(name);
             if (deed == "pause") {
               const auto until = until_of(asked.form.text("until"), world.clock.now(), Zone::utc);
               if (!until) co_return world.site.sorry(400, until.error().what, asked);
               const Done done = co_await hold(world, asked.caller, name, *until, reason);
               co_return shown(world, asked, done, back);
             }
             if (deed == "go")
               co_return shown(world, asked, co_await release(world, asked.caller, name, reason), back);
             if (deed == "test") {
               const Done done = co_await test_send(world, asked.caller, name);
               co_return shown(world, asked, done, back, outcomes_of(done.more));
             }
             co_return world.site.sorry(404, "A reporter can be paused, go on, or be tested.", asked);
           }));
}

}  // namespace

void add_deeds(std::vector<Place>& places, const World& world) {
  add_delivery_forms(places, world);
  add_all_page(places, world);
  add_reporter_forms(places, world);
  places.push_back(
      form("/reload", access::Role::admin, [world](Asked asked) -> asio::awaitable<web::Response> {
        const Done done = co_await reload(world, asked.caller);
        co_return shown(world, asked, done, world.site.links().to(""));
      }));
}

void add_audit(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/log", access::Role::operator_, [world](Asked asked) -> asio::awaitable<web::Response> {
         constexpr std::size_t most = 100;
         const Millis now = world.clock.now();
         const auto before = asked.query.number("before", 1, std::numeric_limits<std::int64_t>::max());
         if (!before) co_return world.site.sorry(400, before.error().what, asked);
         co_return co_await look(
             world, asked,
             [&](store::Ledger& ledger) {
               return ledger.deeds(before->value_or(std::numeric_limits<std::int64_t>::max()), most);
             },
             [&](const std::vector<store::Deed>& deeds) {
               Html rows;
               for (const store::Deed& deed : deeds) {
                 rows += html("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                              moment(deed.at, now), deed.who, deed.what, deed.about, deed.reason);
               }
               Page page;
               page.title = "Audit log";
               page.main =
                   html("<h1>Audit log</h1>{}{}",
                        deeds.empty() ? html("<p>Nobody has changed anything yet.</p>")
                                      : table({"When", "Who", "Did", "To", "Why"}, rows),
                        older(asked, deeds.size() == most ? std::optional(deeds.back().id) : std::nullopt));
               return world.site.show(page, asked);
             });
       }});
}

Html ticked_form(const World& world, const Asked& asked, const Html& rows) {
  const std::string at = world.site.links().to("deliveries");
  const auto state = delivery_state_from(asked.query.text("state"));
  const Html all = is_changeable(state) ? html(R"(<p><a href="{}">All that match…</a></p>)",
                                               at + "/all" + asked.query.query_with("before", ""))
                                        : Html();
  return html(R"(<form method="post" action="{}">{}{}{}</form>{})", at, Site::form_token(asked), rows,
              deed_buttons("Send the ticked again", "Never send the ticked"), all);
}

Html delivery_forms(const World& world, const Asked& asked, const store::LedgerRow& row) {
  if (!asked.may(access::Role::operator_)) return {};
  Html forms;
  const auto add = [&](std::string_view deed, std::string_view words) {
    forms += html(
        R"(<form method="post" action="{}" class="filter">{}<label>why <input name="reason" maxlength="200"></label><button>{}</button></form>)",
        world.site.links().delivery(row.id) + "/" + std::string(deed), Site::form_token(asked), words);
  };
  if (may_become(row.state, DeliveryStep::resend, DeliveryState::waiting) ||
      row.state == DeliveryState::waiting)
    add("resend", row.state == DeliveryState::waiting ? "Send it now" : "Send it again");
  if (may_become(row.state, DeliveryStep::drop, DeliveryState::dropped)) add("drop", "Never send it");
  return forms.empty() ? Html() : html("<h2>Do something about it</h2>{}", forms);
}

Html reporter_forms(const World& world, const Asked& asked, const std::string& name, bool paused) {
  if (!asked.may(access::Role::operator_)) return {};
  const std::string at = world.site.links().reporter(name);
  const Html token = Site::form_token(asked);
  const Html test =
      html(R"(<form method="post" action="{}" class="filter">{}<button>Send a test</button></form>)",
           at + "/test", token);
  const Html rest =
      paused
          ? html(R"(<form method="post" action="{}" class="filter">{}<button>Go on</button></form>)",
                 at + "/go", token)
          : html(
                R"(<form method="post" action="{}" class="filter">{}<label>for <input name="until" value="1h" size="6"></label><label>why <input name="reason" required maxlength="200"></label><button>Pause it</button></form>)",
                at + "/pause", token);
  return html("<h2>Do something about it</h2>{}{}", test, rest);
}

}  // namespace carillon::dashboard
