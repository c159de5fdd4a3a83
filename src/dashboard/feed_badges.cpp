// /badge/BUILDER.svg, /badge/BUILDER.json, /badge/-/group.svg.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/badge.hpp"
#include "dashboard/feeds.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::string_view as_picture = ".svg";
constexpr std::string_view as_json = ".json";

// "linux" of "linux.svg"; "": it is no badge.
std::string builder_of_badge(std::string_view file) {
  for (const std::string_view ending : {as_picture, as_json}) {
    if (file.ends_with(ending)) return std::string(file.substr(0, file.size() - ending.size()));
  }
  return {};
}

bool is_open(const World& world, std::string_view builder) {
  return std::ranges::any_of(world.feeds().open_badges,
                             [&](const std::string& pattern) { return matches(pattern, builder); });
}

Badge shown_badge(const std::optional<Standing>& standing) {
  if (standing && standing->last) return badge_of(*standing->last->results);
  if (standing && standing->running) return running_badge();
  if (standing && standing->newest->results) return badge_of(*standing->newest->results);
  return unknown_badge();
}

// The first one is the worst.
int badness(const Standing& standing) {
  constexpr std::array<Results, 4> order{Results::exception, Results::failure, Results::warnings,
                                         Results::success};
  if (!standing.last) return order.size();
  return static_cast<int>(std::ranges::find(order, *standing.last->results) - order.begin());
}

std::optional<Standing> worst_of(std::vector<Standing> standings) {
  const auto worst = std::ranges::min_element(standings, {}, badness);
  if (worst == standings.end()) return std::nullopt;
  return std::move(*worst);
}

web::Response wrong_badge(std::string_view what) {
  return json_error(404, what, "/badge/BUILDER.svg, /badge/BUILDER.json or /badge/-/group.svg?tag=TAG");
}

// label: where the query has none.
web::Response answer_with(Badge badge, const std::string& label, bool json, const Asked& asked) {
  badge.label = asked.query.has("label") ? asked.query.text("label") : label;
  const std::string style = asked.query.text("style");
  if (!style.empty() && style != "flat" && style != "square")
    return json_error(400, "style: there is no style '" + style + "'", "flat, or square");
  badge.round = style != "square";
  web::Response response;
  if (json) {
    response = json_response(json::object{{"schemaVersion", 1},
                                          {"label", badge.label},
                                          {"message", badge.message},
                                          {"color", badge.colour},
                                          {"style", badge.round ? "flat" : "flat-square"}},
                             asked.request);
  } else {
    response = feed_response("image/svg+xml", svg(badge), asked);
  }
  // GitHub's image proxy asks each time for what says so; "private" would be about somebody's own browser.
  for (auto& [name, value] : response.headers) {
    if (name == "Cache-Control") value = "no-cache";
  }
  return response;
}

}  // namespace

void add_badges(std::vector<Place>& places, const World& world) {
  Place one{"GET", "/badge/{file}", access::Role::feeds,
            [world](Asked asked) -> asio::awaitable<web::Response> {
              const std::string file = asked.part("file");
              const std::string builder = builder_of_badge(file);
              if (builder.empty()) co_return wrong_badge("'" + file + "' is no badge");
              BuilderChoice choice = choice_of(asked.query);
              co_return co_await look_for_feed(
                  world, [&](store::Ledger& ledger) { return standing(ledger, builder, choice); },
                  [&](const std::optional<Standing>& found) {
                    return answer_with(shown_badge(found), world.site.privacy(asked)(builder),
                                       file.ends_with(as_json), asked);
                  });
            }};
  one.for_programs = true;
  one.uncounted = true;
  one.open = [world](const web::Head& head) {
    const auto file = head.parameters.find("file");
    return file != head.parameters.end() && is_open(world, builder_of_badge(file->second));
  };
  places.push_back(std::move(one));

  for (const std::string_view ending : {as_picture, as_json}) {
    Place group{"GET", "/badge/-/group" + std::string(ending), access::Role::feeds,
                [world, json = ending == as_json](Asked asked) -> asio::awaitable<web::Response> {
                  const BuilderChoice choice = choice_of(asked.query);
                  const bool sees_all = asked.may(access::Role::feeds);
                  co_return co_await look_for_feed(
                      world, [&](store::Ledger& ledger) { return standings(ledger, choice); },
                      [&](Result<std::vector<Standing>> found) {
                        const std::string label = choice.tag.empty() ? "builds" : choice.tag;
                        if (!found) return answer_with(too_many_badge(), label, json, asked);
                        std::erase_if(*found, [&](const Standing& builder) {
                          return !sees_all && !is_open(world, builder.builder);
                        });
                        return answer_with(shown_badge(worst_of(std::move(*found))), label, json, asked);
                      });
                }};
    group.for_programs = true;
    group.uncounted = true;
    group.open = [world](const web::Head& /*head*/) { return !world.feeds().open_badges.empty(); };
    places.push_back(std::move(group));
  }
}

}  // namespace carillon::dashboard
