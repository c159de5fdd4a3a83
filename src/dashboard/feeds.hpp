// For other programs: badges, the feed of CCTray, Atom, metrics, robots.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dashboard/pages.hpp"
#include "dashboard/standing.hpp"

namespace carillon::dashboard {

void add_feeds(std::vector<Place>& places, const World& world);
// Each of these adds its own.
void add_badges(std::vector<Place>& places, const World& world);
void add_cctray(std::vector<Place>& places, const World& world);
void add_atom(std::vector<Place>& places, const World& world);

// Absolute addresses of the pages: below c['www']['url'], else below what the asker called this server. Where
// that says nothing, paths.
Links absolute_links(const World& world, const Asked& asked);

// What is asked for with `source`, `builder`, `branch` and `tag`.
BuilderChoice choice_of(const Fields& query);

// The document, with a tag for caches. type: "application/xml".
web::Response feed_response(std::string type, std::string document, const Asked& asked);

// 503, with Retry-After.
web::Response no_answer(const Failure& failure);

// show(answer) of what the archive answers to the question; an error of JSON where there is none.
template <class Question, class Show>
asio::awaitable<web::Response> look_for_feed(const World& world, Question question, Show show) {
  auto answer = co_await world.archive.ask(std::move(question));
  if (!answer) co_return no_answer(answer.error());
  co_return show(*answer);
}

// Pure: what they say.
std::string cctray_of(const std::vector<Standing>& builders, const Links& links);

struct AtomFeed {
  std::string title;
  // Absolute; of the feed itself, and of the page that shows the same.
  std::string self, page;
  // "bell.example.org": whose ids they are.
  std::string authority;
  // What the feed's own id is made of: "feed", "feed/linux".
  std::string name;
  // Newest first; one of the two is empty.
  std::vector<store::ListedBuild> builds;
  std::vector<store::LedgerRow> told;
  // There are several sources, so links name them.
  bool with_sources = false;
};
std::string atom_of(const AtomFeed& feed, const Links& links);

}  // namespace carillon::dashboard
