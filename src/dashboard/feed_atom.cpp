// /feed.atom, /b/BUILDER/feed.atom: the newest builds for readers of feeds.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/feeds.hpp"
#include "dashboard/words.hpp"
#include "model/build.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t shown_entries = 50;
constexpr std::size_t looked_at_for_feed = 10'000;

// "result=failure,exception"; without it every build that has ended.
Result<void> read_results(const Fields& query, store::BuildsFilter& filter) {
  const std::string wanted = query.text("result");
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    if (wanted.empty()) filter.results.push_back(*results);
  }
  for (const std::string_view word : words_of(wanted, ", ")) {
    const std::size_t before = filter.results.size();
    for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
      if (name(*results) == word) filter.results.push_back(*results);
    }
    if (word == "running") {
      filter.running = true;
    } else if (filter.results.size() == before) {
      return rejected("result: there is no result '" + std::string(word) + "'");
    }
  }
  return ok();
}

// RFC 4151. The parts are encoded, so that the same build has the same id whatever its names are.
std::string tag_address(const AtomFeed& feed, std::string_view what) {
  return "tag:" + feed.authority + ",2026:carillon/" + std::string(what);
}

std::string entry_id(const AtomFeed& feed, const store::ListedBuild& build) {
  return tag_address(feed, "build/" + percent_encode(build.event.source) + "/" +
                               percent_encode(build.builder) + "/" + std::to_string(build.run.number) + "/" +
                               std::to_string(build.run.attempt));
}

Html entry_of(const AtomFeed& feed, const store::ListedBuild& build, const Links& links) {
  const BuildView view(build.event.body);
  const std::string number =
      "#" + std::to_string(build.run.number) +
      (build.run.attempt > 1 ? ", attempt " + std::to_string(build.run.attempt) : std::string());
  const std::string state(view.state_string().value_or(""));
  const std::string about = build.branch.empty() ? state : "branch " + build.branch + "\n" + state;
  const Html published =
      view.started_at() ? html("<published>{}</published>", iso(*view.started_at() * 1000)) : Html();
  return html(R"(<entry><id>{}</id><title>{} {} {}: {}</title><link href="{}"/>{}<updated>{}</updated>
<category term="{}"/><summary>{}</summary></entry>
)",
              entry_id(feed, build), sign(build.results), build.builder, number, word(build.results),
              links.build(feed.with_sources ? build.event.source : "", build.builder, build.run), published,
              iso(build.event.at), word(build.results), about);
}

struct FoundBuilds {
  std::vector<store::ListedBuild> builds;
  std::size_t sources = 0;
};

FoundBuilds newest_builds_of(store::Ledger& ledger, const store::BuildsFilter& filter) {
  FoundBuilds found;
  const std::vector<std::string> sources = ledger.sources();
  found.sources = sources.size();
  if (filter.builder.empty()) {
    found.builds = ledger.builds(filter).builds;
  } else {
    for (const std::string& source : sources) {
      if (!filter.source.empty() && source != filter.source) continue;
      store::BuildsFilter of_source = filter;
      of_source.source = source;
      std::ranges::move(ledger.builds(of_source).builds, std::back_inserter(found.builds));
    }
  }
  std::ranges::sort(found.builds, std::greater<>{},
                    [](const store::ListedBuild& build) { return std::pair(build.event.at, build.row); });
  if (found.builds.size() > shown_entries) found.builds.resize(shown_entries);
  return found;
}

Place feed_place(const World& world, std::string path) {
  Place place{
      "GET", std::move(path), access::Role::feeds, [world](Asked asked) -> asio::awaitable<web::Response> {
        store::BuildsFilter filter;
        filter.source = asked.query.text("source");
        filter.builder = asked.part("builder");
        filter.branch = asked.query.text("branch");
        filter.limit = shown_entries;
        filter.look_at = looked_at_for_feed;
        if (auto read = read_results(asked.query, filter); !read)
          co_return json_error(400, read.error().what);
        co_return co_await look_for_feed(
            world, [&](store::Ledger& ledger) { return newest_builds_of(ledger, filter); },
            [&](FoundBuilds found) {
              const Links links = absolute_links(world, asked);
              AtomFeed feed;
              feed.title = world.site.title();
              feed.page = links.to("builds");
              feed.self = links.to("feed.atom");
              feed.name = "feed";
              if (!filter.builder.empty()) {
                feed.title += ": " + filter.builder;
                feed.page = links.builder(filter.builder);
                feed.self = feed.page + "/feed.atom";
                feed.name += "/" + percent_encode(filter.builder);
              }
              // All but a token, which is nobody's to pass on.
              std::string rest;
              for (const char* name : {"source", "branch", "result"}) {
                const std::string value = asked.query.text(name);
                if (!value.empty())
                  rest += (rest.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
              }
              feed.self += rest;
              feed.name += rest;
              feed.authority = world.feeds().authority;
              feed.builds = std::move(found.builds);
              feed.with_sources = found.sources > 1;
              return feed_response("application/atom+xml", atom_of(feed, links), asked);
            });
      }};
  place.for_programs = true;
  return place;
}

}  // namespace

std::string atom_of(const AtomFeed& feed, const Links& links) {
  Html entries;
  Millis updated = 0;
  for (const store::ListedBuild& build : feed.builds) {
    entries += entry_of(feed, build, links);
    updated = std::max(updated, build.event.at);
  }
  return html(R"(<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>{}</id><title>{}</title><updated>{}</updated>
<link rel="self" type="application/atom+xml" href="{}"/><link href="{}"/><author><name>{}</name></author>
<generator>Carillon</generator>
{}</feed>
)",
              tag_address(feed, feed.name), feed.title, iso(updated), feed.self, feed.page, feed.title,
              entries)
      .str();
}

void add_atom(std::vector<Place>& places, const World& world) {
  places.push_back(feed_place(world, "/feed.atom"));
  places.push_back(feed_place(world, "/b/{builder}/feed.atom"));
}

}  // namespace carillon::dashboard
