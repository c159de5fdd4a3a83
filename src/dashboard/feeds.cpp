#include "dashboard/feeds.hpp"

#include <algorithm>

#include "dashboard/answer.hpp"

namespace carillon::dashboard {
namespace {

// "bell.example.org:8020", "[::1]:8020": nothing that could end an address, or begin another.
bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

void add_metrics(std::vector<Place>& places, const World& world) {
  Place place{"GET", "/metrics", access::Role::feeds,
              [world](Asked /*asked*/) -> asio::awaitable<web::Response> {
                web::Response response;
                response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                response.headers.emplace_back("Cache-Control", "no-store");
                response.body = co_await world.metrics();
                co_return response;
              }};
  place.for_programs = true;
  places.push_back(std::move(place));
}

}  // namespace

void add_feeds(std::vector<Place>& places, const World& world) {
  add_badges(places, world);
  add_cctray(places, world);
  add_atom(places, world);
  add_metrics(places, world);
  Place robots{"GET", "/robots.txt", access::Role::none,
               [](const Asked& asked) -> asio::awaitable<web::Response> {
                 co_return feed_response("text/plain", "User-agent: *\nDisallow: /\n", asked);
               }};
  robots.uncounted = true;
  places.push_back(std::move(robots));
}

Links absolute_links(const World& world, const Asked& asked) {
  if (std::string url = world.feeds().url; !url.empty()) {
    if (!url.ends_with('/')) url += '/';
    return Links(std::move(url));
  }
  const std::string_view host = header(asked.request, "host");
  const std::string path = world.site.links().to("");
  return is_host(host) ? Links("http://" + std::string(host) + path) : Links(path);
}

BuilderChoice choice_of(const Fields& query) {
  return {.source = query.text("source"),
          .branch = query.text("branch"),
          .tag = query.text("tag"),
          .builder = query.text("builder")};
}

web::Response feed_response(std::string type, std::string document, const Asked& asked) {
  web::Response response;
  response.content_type = std::move(type) + "; charset=utf-8";
  response.body = std::move(document);
  add_page_headers(response);
  return tagged(std::move(response), asked.request);
}

web::Response no_answer(const Failure& failure) {
  web::Response response = json_error(503, failure.what);
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace carillon::dashboard
