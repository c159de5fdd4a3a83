#include "dashboard/pages.hpp"

#include <algorithm>
#include <set>

#include "dashboard/answer.hpp"
#include "dashboard/feeds.hpp"
#include "dashboard/static_file.hpp"
#include "dashboard/words.hpp"
#include "model/build.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::string_view for_ever = "public, max-age=31536000, immutable";

std::string content_type(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

}  // namespace

std::function<void(view::Status&, store::Ledger&)> work_question(const World& world, Millis now) {
  std::set<std::string> known;
  for (const ReporterFacts& reporter : world.reporters())
    known.insert(reporter.name);
  return
      [known = std::move(known), queues = world.queues(), now](view::Status& status, store::Ledger& ledger) {
        const auto is_missing = [&](const std::string& reporter) { return !known.contains(reporter); };
        view::add_work(status, ledger, now, is_missing, queues);
      };
}

std::function<std::map<RowId, RowId>(store::Ledger&, const std::vector<store::LedgerRow>&)> behind_question(
    const World& world) {
  constexpr std::size_t most_waiting = 2000;
  std::size_t waiting = 0;
  for (const store::Ledger::Queue& queue : world.queues())
    waiting += queue.waiting;
  return [looks = waiting <= most_waiting](store::Ledger& ledger, const std::vector<store::LedgerRow>& rows) {
    std::map<RowId, RowId> behind;
    for (const store::LedgerRow& row : rows) {
      if (!looks || row.state != DeliveryState::waiting) continue;
      if (const auto first = ledger.waits_behind(row.id)) behind[row.id] = *first;
    }
    return behind;
  };
}

std::vector<Place> pages(const World& world) {
  std::vector<Place> places;
  add_static_files(places, world);
  add_overview(places, world);
  add_builds(places, world);
  add_build(places, world);
  add_deliveries(places, world);
  add_delivery(places, world);
  add_reporters(places, world);
  add_sources(places, world);
  add_deeds(places, world);
  add_audit(places, world);
  add_requests(places, world);
  add_previews(places, world);
  add_grid(places, world);
  add_configuration(places, world);
  add_api(places, world);
  add_api_deeds(places, world);
  add_feeds(places, world);
  add_login(places, world);
  add_silences(places, world);
  add_api_silences(places, world);
  add_replay(places, world);
  add_api_replay(places, world);
  return places;
}

void add_static_files(std::vector<Place>& places, const World& /*world*/) {
  for (const StaticFile& file : static_files()) {
    if (file.name == "openapi.yaml") continue;  // it has an address of its own (api.cpp)
    Place place{"GET", "/static/" + std::string(file.address), access::Role::none,
                [&file](const Asked& asked) -> asio::awaitable<web::Response> {
                  web::Response response;
                  response.content_type = content_type(file.name);
                  response.body = file.content;
                  response = tagged(std::move(response), asked.request);
                  for (auto& [name, value] : response.headers) {
                    if (name == "Cache-Control") value = for_ever;
                  }
                  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
                  co_return response;
                }};
    place.uncounted = true;
    places.push_back(std::move(place));
  }
}

Html table(const std::vector<std::string>& heads, const Html& rows) {
  Html head;
  for (const std::string& one : heads)
    head += html(R"(<th scope="col">{}</th>)", one);
  return html(R"(<table class="rows"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>)", head, rows);
}

Html build_rows(const std::vector<store::ListedBuild>& builds, const Links& links, Millis now,
                bool with_builder) {
  Html rows;
  for (const store::ListedBuild& build : builds) {
    const BuildView view(build.event.body);
    const std::string number = "#" + std::to_string(build.run.number) +
                               (build.run.attempt > 1 ? "." + std::to_string(build.run.attempt) : "");
    const Html builder =
        with_builder ? html(R"(<td><a href="{}">{}</a></td>)", links.builder(build.builder), build.builder)
                     : Html();
    rows += html(R"(<tr>{}<td><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>)",
                 builder, links.build(build.event.source, build.builder, build.run), number,
                 result(build.results), build.branch, cut(view.state_string().value_or("")),
                 ago(build.event.at, now));
  }
  return rows;
}

Html delivery_rows(const std::vector<store::LedgerRow>& rows, const Links& links, Millis now,
                   const Held& held, bool with_boxes) {
  Html all;
  for (const store::LedgerRow& row : rows) {
    const Html about = row.builder.empty() ? text(row.summary)
                                           : html(R"(<a href="{}">{}</a>)",
                                                  links.build(row.source, row.builder, row.run), row.summary);
    const std::string field = "id." + std::to_string(row.id);
    const Html box =
        with_boxes ? html(R"(<input type="checkbox" name="{}" aria-label="delivery {}"> )", field, row.id)
                   : Html();
    view::DeliveryStory story;
    story.row = row;
    story.pause = view::pause_of(row, held.pauses, now);
    if (const auto first = held.behind.find(row.id); first != held.behind.end()) story.behind = first->second;
    const std::string answer = row.state == DeliveryState::waiting
                                   ? view::why_waiting(story, view::no_answer_of(held.server, row.reporter))
                                   : row.answer;
    all += html(
        R"(<tr><td>{}<a href="{}">#{}</a></td><td>{}</td><td class="name"><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>)",
        box, links.delivery(row.id), row.id, state(row.state), links.reporter(row.reporter), row.reporter,
        row.target, about, delivery_time(story, now), cut(answer));
  }
  return all;
}

Html delivery_time(const view::DeliveryStory& story, Millis now) {
  const store::LedgerRow& row = story.row;
  if (row.state != DeliveryState::waiting) return ago(row.settled_at.value_or(row.created), now);
  if (story.pause) return html("paused until {}: {}", moment(story.pause->until, now), story.pause->why);
  return next_try(row.next_at, now);
}

Html no_answer(const std::optional<view::ServerStatus>& server, const std::string& reporter, Millis now) {
  const view::NoAnswer* silent = view::no_answer_of(server, reporter);
  if (silent == nullptr) return {};
  return html("the target does not answer since {}{}{}", moment(silent->since, now),
              silent->answer.empty() ? "" : ": ", silent->answer);
}

web::Response no_page(const World& world, const Asked& asked, const Failure& failure, const Html& narrow) {
  const std::string seconds = std::to_string(failure.retry_after.value_or(std::chrono::seconds(5)).count());
  const Html hint =
      narrow.empty() ? Html() : html("<p>Ask for less: one builder, or a shorter time.</p>{}", narrow);
  Page page;
  page.title = "Not now";
  page.status = 503;
  page.main =
      html("<h1>Not now</h1><p>{}</p>{}<p>Or try again in {} seconds.</p>", failure.what, hint, seconds);
  web::Response response = world.site.show(page, asked);
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

Html unknown_fields(const Asked& asked, std::span<const std::string_view> known) {
  Html lines;
  for (const auto& [name, value] : asked.query.all()) {
    if (name == "refresh" || std::ranges::find(known, name) != known.end()) continue;
    lines += html(R"(<p class="note" role="alert">! {}: is not known here, and narrows nothing.</p>)", name);
  }
  return lines;
}

Html older(const Asked& asked, const std::optional<std::int64_t>& next) {
  if (!next) return {};
  return html(R"(<p><a rel="next" href="{}">older</a></p>)",
              asked.query.query_with("before", std::to_string(*next)));
}

}  // namespace carillon::dashboard
