// The JSON API: what the pages show, at the same addresses below /api/v1.

#include "dashboard/api.hpp"

#include <algorithm>
#include <array>

#include "dashboard/answer.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/latest.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/static_file.hpp"
#include "model/build.hpp"
#include "view/builds.hpp"
#include "view/told.hpp"

namespace carillon::dashboard {
namespace {

constexpr Millis one_day = 86'400'000;
constexpr std::size_t most_builders = 500;
constexpr std::array<std::string_view, 2> builders_fields{"builds", "after"};
constexpr std::array<std::string_view, 4> why_fields{"source", "who", "branch", "result"};
constexpr std::array<std::string_view, 2> log_fields{"before", "limit"};

json::value deliveries_json(const store::DeliveriesPage& page, const std::vector<store::Pause>& pauses,
                            Millis now) {
  json::array items;
  for (const store::LedgerRow& row : page.rows)
    items.push_back(view::to_json(row, view::pause_of(row, pauses, now)));
  return json::object{{"items", std::move(items)},
                      {"next", page.next ? json::value(*page.next) : json::value(nullptr)}};
}

void add_builds_api(std::vector<Place>& places, const World& world) {
  places.push_back(api_get("builds", builds_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    const auto filter = builds_filter(asked.query, world.clock.now());
    if (!filter) co_return json_error(400, filter.error().what);
    co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
      return view::to_json(ledger.builds(*filter));
    });
  }));
  places.push_back(
      api_get("builders", builders_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        const auto of_each = asked.query.number("builds", 1, 50);
        if (!of_each) co_return json_error(400, of_each.error().what);
        const auto after = view::builder_behind(asked.query.text("after"));
        if (!after) co_return json_error(400, after.error().what);
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          return view::to_json(ledger.newest_builds(static_cast<std::size_t>(of_each->value_or(1)),
                                                    most_builders, store::Bodies::read, *after),
                               most_builders);
        });
      }));
  places.push_back(
      api_get("b/{builder}", builder_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        auto filter = builds_filter(asked.query, world.clock.now());
        if (!filter) co_return json_error(400, filter.error().what);
        filter->builder = asked.part("builder");
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          // Of several sources with one builder of that name: the first that has any such build, or the one
          // asked for.
          for (const std::string& source : ledger.sources()) {
            if (!asked.query.text("source").empty() && source != asked.query.text("source")) continue;
            filter->source = source;
            store::BuildsPage page = ledger.builds(*filter);
            if (page.builds.empty() && !page.next) continue;
            json::object out = view::to_json(page);
            const auto numbers = ledger.numbers_of(filter->builder);
            out["numbers"] =
                numbers ? json::value(json::array{numbers->first, numbers->second}) : json::value(nullptr);
            return out;
          }
          return nullptr;
        });
      }));
  places.push_back(
      api_get("b/{builder}/{number}", why_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        BuildName name;
        name.builder = asked.part("builder");
        name.source = asked.query.text("source");
        name.number = number_of(asked.part("number"));
        const bool is_latest = asked.part("number") == "latest";
        if (!name.number && !is_latest)
          co_return json_error(404, "a build's number is a number, or 'latest'");
        for (const char* field : {"branch", "result"}) {
          if (!is_latest && !asked.query.text(field).empty())
            co_return json_error(400, std::string(field) + ": chooses among builds, for 'latest' only");
        }
        const auto latest = latest_asked(asked);
        if (!latest) co_return json_error(400, latest.error().what);
        const std::string who = asked.query.text("who");
        const Millis now = world.clock.now();
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          if (is_latest) {
            const auto found = latest_of(ledger, *latest);
            if (!found) return nullptr;
            name.source = found->event.source;
            name.number = found->run.number;
          }
          const std::vector<view::EventStory> stories = view::story_of(ledger, name, now);
          if (stories.empty()) return nullptr;
          json::object out;
          out["builder"] = name.builder;
          const auto number = BuildView(stories.front().event.event.body).number();
          out["number"] = number ? json::value(*number) : json::value(nullptr);
          json::array events;
          for (const view::EventStory& story : stories)
            events.push_back(view::to_json(story));
          out["events"] = std::move(events);
          if (!who.empty()) out["who"] = view::to_json(view::told_to(stories, who));
          return out;
        });
      }));
}

void add_deliveries_api(std::vector<Place>& places, const World& world) {
  places.push_back(
      api_get("deliveries", deliveries_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        const Millis now = world.clock.now();
        const auto wanted = deliveries_filter(asked.query, now);
        if (!wanted) co_return json_error(400, wanted.error().what);
        if (wanted->filter.target && world.site.privacy(asked).masks())
          co_return json_error(403, no_search("to"));
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          return deliveries_json(ledger.deliveries_before(wanted->filter, wanted->before), ledger.pauses(),
                                 now);
        });
      }));
  places.push_back(
      api_get("deliveries/{id}", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        const Millis now = world.clock.now();
        const std::int64_t id = id_of(asked.part("id")).value_or(0);
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          auto row = ledger.delivery(id);
          if (!row) return nullptr;
          return view::to_json(view::story_of(ledger, std::move(*row), ledger.pauses(), now));
        });
      }));
}

json::object reporter_json(const ReporterFacts& reporter, const view::Status& status) {
  json::object out;
  out["name"] = reporter.name;
  out["draining"] = reporter.draining;
  out["tells_programs"] = reporter.tells_programs;
  out["rules"] = json::value_from(reporter.rules);
  out["waiting"] = 0;
  out["dead"] = 0;
  out["oldest"] = nullptr;
  out["not_worded_yet"] = 0;
  out["paused_until"] = nullptr;
  out["paused_why"] = nullptr;
  out["paused_by"] = nullptr;
  for (const store::Ledger::Backlog& one : status.backlog) {
    if (one.reporter != reporter.name) continue;
    out["waiting"] = one.waiting;
    out["dead"] = one.dead;
    if (one.oldest > 0) out["oldest"] = one.oldest;
  }
  for (const store::OpenWork& open : status.open) {
    if (open.reporter == reporter.name) out["not_worded_yet"] = open.notifications;
  }
  for (const store::Pause& pause : status.pauses) {
    if (pause.reporter != reporter.name) continue;
    out["paused_until"] = pause.until;
    out["paused_why"] = pause.why;
    if (!pause.by.empty()) out["paused_by"] = pause.by;
  }
  return out;
}

void add_server_api(std::vector<Place>& places, const World& world) {
  places.push_back(api_get("status", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    const Millis now = world.clock.now();
    view::Status status;
    status.running = true;
    status.server = world.server();
    const auto add_work = work_question(world, now);
    co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
      add_work(status, ledger);
      json::object out = view::to_json(status, view::needs_a_person(status, now));
      out["dead_24h"] = ledger.dead_since(now - one_day);
      return out;
    });
  }));
  places.push_back(api_get("reporters", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    const Millis now = world.clock.now();
    const std::vector<ReporterFacts> reporters = world.reporters();
    const auto add_work = work_question(world, now);
    co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
      view::Status status;
      add_work(status, ledger);
      json::array items;
      for (const ReporterFacts& reporter : reporters)
        items.push_back(reporter_json(reporter, status));
      return json::object{{"items", std::move(items)}, {"next", nullptr}};
    });
  }));
  places.push_back(
      api_get("reporters/{name}", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
        const Millis now = world.clock.now();
        const std::vector<ReporterFacts> reporters = world.reporters();
        const auto found = std::ranges::find(reporters, asked.part("name"), &ReporterFacts::name);
        const auto add_work = work_question(world, now);
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          if (found == reporters.end()) return nullptr;
          view::Status status;
          add_work(status, ledger);
          return reporter_json(*found, status);
        });
      }));
  places.push_back(api_get("names", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    co_return co_await tell(world, asked, [](store::Ledger& ledger) -> json::value {
      return json::object{{"builders", json::value_from(ledger.builders())},
                          {"reporters", json::value_from(ledger.reporters())},
                          {"sources", json::value_from(ledger.sources())}};
    });
  }));
  places.push_back(api_get("sources", no_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    view::ServerStatus server = world.server();
    co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
      view::add_heard(server.sources, ledger);
      return json::object{{"items", view::to_json(server).at("sources")}, {"next", nullptr}};
    });
  }));
  places.push_back(api_get(
      "log", log_fields,
      [world](Asked asked) -> asio::awaitable<web::Response> {
        const auto before = asked.query.number("before", 1, std::numeric_limits<std::int64_t>::max());
        if (!before) co_return json_error(400, before.error().what);
        const auto limit = asked.query.number("limit", 1, 500);
        if (!limit) co_return json_error(400, limit.error().what);
        const auto most = static_cast<std::size_t>(limit->value_or(50));
        co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
          json::array items;
          const auto deeds = ledger.deeds(before->value_or(std::numeric_limits<std::int64_t>::max()), most);
          for (const store::Deed& deed : deeds) {
            items.push_back(json::object{{"id", deed.id},
                                         {"at", deed.at},
                                         {"who", deed.who},
                                         {"address", deed.address},
                                         {"what", deed.what},
                                         {"about", deed.about},
                                         {"reason", deed.reason}});
          }
          const bool goes_on = deeds.size() == most;
          return json::object{{"items", std::move(items)},
                              {"next", goes_on ? json::value(deeds.back().id) : json::value(nullptr)}};
        });
      },
      access::Role::operator_));
  places.push_back(api_get("me", no_fields, [](Asked asked) -> asio::awaitable<web::Response> {
    co_return json_response(
        json::object{{"who", asked.caller.who}, {"role", access::name(asked.caller.role)}}, asked.request);
  }));
}

}  // namespace

void add_api(std::vector<Place>& places, const World& world) {
  places.push_back({"GET", "/openapi.yaml", access::Role::viewer,
                    [](Asked asked) -> asio::awaitable<web::Response> {
                      web::Response response;
                      response.content_type = "application/yaml; charset=utf-8";
                      for (const StaticFile& file : static_files()) {
                        if (file.name == "openapi.yaml") response.body = file.content;
                      }
                      co_return tagged(std::move(response), asked.request);
                    },
                    0, true});
  add_builds_api(places, world);
  add_deliveries_api(places, world);
  add_server_api(places, world);
}

}  // namespace carillon::dashboard
