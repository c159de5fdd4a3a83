// /feed.atom, /b/BUILDER/feed.atom: the newest builds for readers of feeds.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/feeds.hpp"
#include "dashboard/words.hpp"
#include "model/build.hpp"
#include "view/story.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t shown_entries = 50;
constexpr std::size_t looked_at_for_feed = 10'000;
constexpr int looked_at_pages = 3;

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

Html entry_of(const AtomFeed& feed, const store::LedgerRow& row, const Links& links) {
  return html(
      R"(<entry><id>{}</id><title>{}</title><link href="{}"/><published>{}</published><updated>{}</updated>
<category term="{}"/><summary>by {} to {}: {}</summary></entry>
)",
      tag_address(feed, "delivery/" + std::to_string(row.id)), row.summary, links.delivery(row.id),
      iso(row.created), iso(row.settled_at.value_or(row.created)), row.reporter, row.reporter, row.target,
      row.answer);
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

// What was delivered to that address, of the newest.
std::vector<store::LedgerRow> told_to(store::Ledger& ledger, const std::string& builder,
                                      const std::string& who) {
  store::LedgerFilter filter;
  filter.state = DeliveryState::delivered;
  filter.target = who;
  if (!builder.empty()) filter.builder = builder;
  std::vector<store::LedgerRow> found;
  std::optional<std::int64_t> before = std::numeric_limits<std::int64_t>::max();
  for (int page = 0; before && page < looked_at_pages && found.size() < shown_entries; ++page) {
    store::DeliveriesPage listed = ledger.deliveries_before(filter, *before);
    std::erase_if(listed.rows, [&](const store::LedgerRow& row) { return !view::is_to(row, who); });
    std::ranges::move(listed.rows, std::back_inserter(found));
    before = listed.next;
  }
  if (found.size() > shown_entries) found.resize(shown_entries);
  return found;
}

// Its addresses and its name; `names`: the fields that choose.
AtomFeed feed_of(const World& world, const Asked& asked, const Links& links,
                 std::initializer_list<const char*> names) {
  const std::string builder = asked.part("builder");
  AtomFeed feed;
  feed.title = world.site.title();
  feed.page = links.to("builds");
  feed.self = links.to("feed.atom");
  feed.name = "feed";
  if (!builder.empty()) {
    feed.title += ": " + builder;
    feed.page = links.builder(builder);
    feed.self = feed.page + "/feed.atom";
    feed.name += "/" + percent_encode(builder);
  }
  // All but a token, which is nobody's to pass on.
  std::string rest;
  for (const char* name : names) {
    const std::string value = asked.query.text(name);
    if (!value.empty()) rest += (rest.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  }
  feed.self += rest;
  feed.name += rest;
  feed.authority = world.feeds().authority;
  return feed;
}

web::Response atom_response(const World& world, const Asked& asked, const AtomFeed& feed,
                            const Links& links) {
  return feed_response("application/atom+xml", world.site.privacy(asked)(atom_of(feed, links)), asked);
}

// ?who=: of what an address was told.
asio::awaitable<web::Response> feed_of_told(const World& world, Asked asked) {
  if (!asked.may(access::Role::viewer)) {
    co_return json_error(403, "who: what somebody was told is for the role viewer",
                         "without ?who= the feed is for the role feeds");
  }
  for (const char* name : {"source", "branch", "result"}) {
    if (!asked.query.text(name).empty())
      co_return json_error(400, std::string(name) + ": does not go with who",
                           "/b/BUILDER/feed.atom?who= chooses a builder");
  }
  const std::string who = asked.query.text("who");
  co_return co_await look_for_feed(
      world, [&](store::Ledger& ledger) { return told_to(ledger, asked.part("builder"), who); },
      [&](std::vector<store::LedgerRow> told) {
        const Links links = absolute_links(world, asked);
        AtomFeed feed = feed_of(world, asked, links, {"who"});
        feed.title += ", told to " + who;
        feed.told = std::move(told);
        return atom_response(world, asked, feed, links);
      });
}

Place feed_place(const World& world, std::string path) {
  Place place{"GET", std::move(path), access::Role::feeds,
              [world](Asked asked) -> asio::awaitable<web::Response> {
                if (!asked.query.text("who").empty())
                  co_return co_await feed_of_told(world, std::move(asked));
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
                      AtomFeed feed = feed_of(world, asked, links, {"source", "branch", "result"});
                      feed.builds = std::move(found.builds);
                      feed.with_sources = found.sources > 1;
                      return atom_response(world, asked, feed, links);
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
  for (const store::LedgerRow& row : feed.told) {
    entries += entry_of(feed, row, links);
    updated = std::max(updated, row.settled_at.value_or(row.created));
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
