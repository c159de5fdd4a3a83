// What a reporter would send of a build now, and whether it would tell of it. Nothing is sent.
#include <array>

#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/request_view.hpp"
#include "dashboard/words.hpp"
#include "model/build.hpp"
#include "view/chosen_event.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::array<std::string_view, 2> preview_fields{"source", "event"};

// Why there is none, or what the server made.
struct Previewed {
  int status = 200;
  std::string error;
  json::object made;
};

Result<BuildName> name_of(const Asked& asked) {
  BuildName name;
  name.builder = asked.part("builder");
  name.source = asked.query.text("source");
  name.number = number_of(asked.part("number"));
  if (!name.number) return rejected("A build's number is a number.");
  return name;
}

asio::awaitable<Previewed> previewed(const World& world, const Asked& asked) {
  const auto name = name_of(asked);
  if (!name) co_return Previewed{404, name.error().what};
  const std::string what = asked.query.text("event");
  if (!what.empty() && what != "new" && what != "finished" && what != "buildset")
    co_return Previewed{400, "event: must be new, finished or buildset, not '" + what + "'"};
  auto found = co_await world.archive.ask([&](store::Ledger& ledger) {
    const auto events = ledger.events_of(*name);
    return std::pair(!events.empty(), view::chosen_event(events, what));
  });
  if (!found) co_return Previewed{503, found.error().what};
  auto& [heard, chosen] = *found;
  if (!heard)
    co_return Previewed{
        404, "Nothing was heard of build #" + asked.part("number") + " of '" + name->builder + "'."};
  if (!chosen) co_return Previewed{404, "That was not heard of this build: '" + what + "'."};
  auto made = co_await world.views.preview(asked.part("reporter"), std::move(chosen->first), chosen->second);
  if (!made) {
    const bool refused = made.error().kind == Failure::Kind::rejected;
    co_return Previewed{refused ? 404 : 503, made.error().what};
  }
  co_return Previewed{200, {}, std::move(*made)};
}

web::Response why_no_preview(const World& world, const Asked& asked, const Previewed& preview) {
  if (preview.status == 503)
    return no_page(world, asked, {Failure::Kind::unreachable, preview.error, {}}, {});
  return world.site.sorry(preview.status, preview.error, asked);
}

// What is sent is not for viewers.
void leave_out_bodies(json::object& made) {
  json::array* deliveries = made["deliveries"].if_array();
  for (std::size_t i = 0; deliveries != nullptr && i < deliveries->size(); ++i) {
    json::object* one = deliveries->at(i).if_object();
    if (one == nullptr) continue;
    for (const char* member : {"content", "json", "mail"})
      one->erase(member);
  }
}

Html decision_of(const json::object& made) {
  const std::string decision = text_at(made, "decision");
  const std::string reason = text_at(made, "reason");
  if (decision == "report") return html(R"(<p class="good">✓ would be told: {}</p>)", reason);
  if (decision == "summary")
    return html(R"(<p class="good">✓ would be told with its buildset: {}</p>)", reason);
  return html(R"(<p class="dim">– would not be told: {}</p>)", reason);
}

Html delivery_of(const json::object& delivery, const Asked& asked, const std::string& html_at) {
  const Html head =
      html("<h2>to {}</h2><p>{}</p>", text_at(delivery, "target"), text_at(delivery, "summary"));
  const std::string note = text_at(delivery, "note");
  const Html noted = note.empty() ? Html() : html(R"(<p class="dim">{}</p>)", note);
  const json::value* skip = delivery.if_contains("skip");
  if (skip != nullptr && *skip == json::value(true)) return head + noted + html("<p>Nothing is sent.</p>");
  if (!asked.may(access::Role::operator_))
    return head + noted + html("<p>What is sent is for the role operator to see.</p>");
  return head + noted + shown_request(delivery, html_at);
}

Html page_of(const json::object& made, const Asked& asked, const Links& links) {
  const std::string builder = asked.part("builder");
  const RunNumber run{number_of(asked.part("number")).value_or(0), 1};
  const std::string reporter = asked.part("reporter");
  const std::string source = asked.query.text("source");
  Html main =
      html(R"(<h1>{} of <a href="{}">{} #{}</a></h1><p class="dim">As things are now; nothing is sent.</p>)",
           reporter, links.build(source, builder, run), builder, run.number);
  main += decision_of(made);
  Html notes;
  for (const std::string& note : texts_in(made, "notes"))
    notes += html("<li>{}</li>", note);
  if (!notes.empty()) main += html(R"(<ul class="note">{}</ul>)", notes);
  const auto deliveries = objects_at(made, "deliveries");
  if (deliveries.empty()) main += html("<p>There is nobody to tell.</p>");
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const std::string place = links.preview({}, builder, run, reporter, {}) + "/mail.html";
    const std::string query = asked.query.query_with("delivery", std::to_string(i));
    main += delivery_of(*deliveries[i], asked, place + query);
  }
  return main;
}

}  // namespace

void add_previews(std::vector<Place>& places, const World& world) {
  const std::string path = "b/{builder}/{number}/preview/{reporter}";
  places.push_back(
      {"GET", "/" + path, access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Previewed preview = co_await previewed(world, asked);
         if (preview.status != 200) co_return why_no_preview(world, asked, preview);
         Page page;
         page.title = "Preview of " + asked.part("reporter");
         page.main = page_of(preview.made, asked, world.site.links());
         co_return world.site.show(page, asked);
       }});
  places.push_back({"GET", "/" + path + "/mail.html", access::Role::operator_,
                    [world](Asked asked) -> asio::awaitable<web::Response> {
                      const Previewed preview = co_await previewed(world, asked);
                      if (preview.status != 200) co_return why_no_preview(world, asked, preview);
                      const auto deliveries = objects_at(preview.made, "deliveries");
                      const auto wanted = asked.query.number("delivery", 0, 10'000);
                      if (!wanted) co_return world.site.sorry(400, wanted.error().what, asked);
                      const auto number = static_cast<std::size_t>(wanted->value_or(0));
                      const std::string part =
                          number < deliveries.size() ? mail_html(*deliveries[number]) : std::string();
                      co_return mail_document(world.site, part, asked);
                    }});
  places.push_back(api_get(path, preview_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    Previewed preview = co_await previewed(world, asked);
    if (preview.status == 503) co_return api_failure({Failure::Kind::unreachable, preview.error, {}});
    if (preview.status != 200) co_return json_error(preview.status, preview.error);
    if (!asked.may(access::Role::operator_)) leave_out_bodies(preview.made);
    co_return api_answer(world, asked, std::move(preview.made));
  }));
}

}  // namespace carillon::dashboard
