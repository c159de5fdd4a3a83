// /cc.xml: how all builders stand, as CCMenu, BuildNotify and their kin read it.
#include "dashboard/answer.hpp"
#include "dashboard/feeds.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

std::string_view status_word(const Standing& builder) {
  if (!builder.last) return "Unknown";
  switch (*builder.last->results) {
    case Results::success:
    case Results::warnings:
      return "Success";
    case Results::failure:
      return "Failure";
    default:
      return "Exception";
  }
}

// As GoCD counts tries: "7 :: 2".
std::string label_of(const Standing& builder) {
  if (!builder.last) return {};
  const RunNumber& run = builder.last->run;
  const std::string number = std::to_string(run.number);
  return run.attempt > 1 ? number + " :: " + std::to_string(run.attempt) : number;
}

}  // namespace

std::string cctray_of(const std::vector<Standing>& builders, const Links& links) {
  Html projects;
  for (const Standing& builder : builders) {
    const std::string name = builder.builder + (builder.shared ? " (" + builder.source + ")" : "");
    const store::ListedBuild& told = builder.last ? *builder.last : *builder.newest;
    projects += html(
        R"(  <Project name="{}" activity="{}" lastBuildStatus="{}" lastBuildLabel="{}" lastBuildTime="{}" webUrl="{}"/>
)",
        name, builder.running ? "Building" : "Sleeping", status_word(builder), label_of(builder),
        iso(told.event.at), links.build(builder.shared ? builder.source : "", builder.builder, told.run));
  }
  return html(R"(<?xml version="1.0" encoding="UTF-8"?>
<Projects>
{}</Projects>
)",
              projects)
      .str();
}

void add_cctray(std::vector<Place>& places, const World& world) {
  for (const char* path : {"/cc.xml", "/cctray.xml"}) {
    Place place{"GET", path, access::Role::feeds, [world](Asked asked) -> asio::awaitable<web::Response> {
                  const BuilderChoice choice = choice_of(asked.query);
                  co_return co_await look_for_feed(
                      world, [&](store::Ledger& ledger) { return standings(ledger, choice); },
                      [&](const Result<std::vector<Standing>>& builders) {
                        if (!builders) return json_error(400, builders.error().what);
                        const std::string document = cctray_of(*builders, absolute_links(world, asked));
                        return feed_response("application/xml", world.site.privacy(asked)(document), asked);
                      });
                }};
    place.for_programs = true;
    places.push_back(std::move(place));
  }
}

}  // namespace carillon::dashboard
