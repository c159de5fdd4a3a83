// The forms of the pages, and the audit log.
#include <algorithm>

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
  page.title = "Done";
  page.main =
      html(R"(<h1>Done</h1><p class="good">✓ {}</p>{}<p><a href="{}">Back</a></p>)", done.words, more, back);
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
        Many many;
        many.ids = ticked(asked.form);
        if (many.ids.empty()) co_return world.site.sorry(400, "No delivery was chosen.", asked);
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
               const auto until = until_of(asked.form.text("until"), world.clock.now());
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
