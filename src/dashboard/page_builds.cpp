// The newest builds, of all builders or of one.
#include "base/encoding.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

Html filter_form(const Asked& asked, bool with_builder) {
  const Fields& query = asked.query;
  const Html builder = with_builder ? html(R"(<label>builder <input name="builder" value="{}"></label>)",
                                           query.text("builder"))
                                    : Html();
  return html(
      R"(<form class="filter">{}<label>branch <input name="branch" value="{}"></label><label>result <select name="result">{}</select></label><label>since <input name="since" value="{}" placeholder="24h"></label><button>Show</button></form>)",
      builder, query.text("branch"), options(result_words(), query.text("result")), query.text("since"));
}

Html list(const store::BuildsPage& page, const Asked& asked, const Links& links, Millis now,
          bool with_builder) {
  if (page.builds.empty()) {
    return page.next ? html("<p>None among the newest.</p>") + older(asked, page.next)
                     : html("<p>There is no such build.</p>");
  }
  std::vector<std::string> heads{"Build", "Result", "Branch", "State", "When"};
  if (with_builder) heads.insert(heads.begin(), "Builder");
  return table(heads, build_rows(page.builds, links, now, with_builder)) + older(asked, page.next);
}

// A builder's builds, of each source that has one of that name.
struct OneBuilder {
  std::vector<std::pair<std::string, store::BuildsPage>> by_source;
};

}  // namespace

void add_builds(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/builds", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const auto filter = builds_filter(asked.query, now);
         if (!filter) co_return world.site.sorry(400, filter.error().what, asked);
         co_return co_await look(
             world, asked, [&](store::Ledger& ledger) { return ledger.builds(*filter); },
             [&](const store::BuildsPage& found) {
               Page page;
               page.title = "Builds";
               page.topics = "builds";
               page.main = html("<h1>Builds</h1>{}{}{}", unknown_fields(asked, builds_fields),
                                filter_form(asked, true), list(found, asked, world.site.links(), now, true));
               return world.site.show(page, asked);
             },
             filter_form(asked, true));
       }});
  places.push_back(
      {"GET", "/b/{builder}", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const std::string builder = asked.part("builder");
         auto filter = builds_filter(asked.query, now);
         if (!filter) co_return world.site.sorry(400, filter.error().what, asked);
         filter->builder = builder;
         co_return co_await look(
             world, asked,
             [&](store::Ledger& ledger) {
               OneBuilder found;
               for (const std::string& source : ledger.sources()) {
                 if (!asked.query.text("source").empty() && source != asked.query.text("source")) continue;
                 filter->source = source;
                 store::BuildsPage page = ledger.builds(*filter);
                 if (!page.builds.empty() || page.next) found.by_source.emplace_back(source, std::move(page));
               }
               return found;
             },
             [&](const OneBuilder& found) {
               if (found.by_source.empty() && asked.query.all().empty())
                 return world.site.sorry(404, "No build of '" + builder + "' was heard of.", asked);
               Html lists;
               for (const auto& [source, of_source] : found.by_source) {
                 if (found.by_source.size() > 1)
                   lists +=
                       html(R"(<h2><a href="?source={}">from {}</a></h2>)", percent_encode(source), source);
                 lists += list(of_source, asked, world.site.links(), now, false);
               }
               if (found.by_source.empty()) lists = html("<p>There is no such build.</p>");
               Page page;
               page.title = builder;
               page.topics = "builds";
               const Links& links = world.site.links();
               const Html elsewhere =
                   html(R"(<p class="dim"><a href="{}/feed.atom">Atom feed</a>, <a href="{}">badge</a></p>)",
                        links.builder(builder), links.badge(builder));
               page.main = html("<h1>{}</h1>{}{}{}{}", builder, unknown_fields(asked, builder_fields),
                                filter_form(asked, false), lists, elsewhere);
               return world.site.show(page, asked);
             },
             filter_form(asked, false));
       }});
}

}  // namespace carillon::dashboard
