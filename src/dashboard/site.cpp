#include "dashboard/site.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/static_file.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::chrono::milliseconds alias_key_look{2};

std::string static_address(const Links& links, std::string_view name) {
  for (const StaticFile& file : static_files()) {
    if (file.name == name) return links.to("static/" + std::string(file.address));
  }
  return {};
}

struct Door {
  std::string_view path;
  std::string_view words;
  access::Role role = access::Role::viewer;
};

// What every page leads to.
constexpr Door doors[] = {{"", "Overview"},
                          {"builds", "Builds"},
                          {"grid", "Grid"},
                          {"deliveries", "Deliveries"},
                          {"reporters", "Reporters"},
                          {"sources", "Sources"},
                          {"silences", "Silences"},
                          {"replay", "Replay", access::Role::operator_},
                          {"log", "Log", access::Role::operator_},
                          {"config", "Configuration", access::Role::admin}};

Html navigation(const Links& links, const Asked& asked) {
  const std::string& path = asked.request.path;
  Html list;
  for (const Door& door : doors) {
    if (!asked.may(door.role)) continue;
    const std::string target = links.to(door.path);
    const bool here = path == "/" + std::string(door.path);
    list += here ? html(R"(<li><a href="{}" aria-current="page">{}</a></li>)", target, door.words)
                 : html(R"(<li><a href="{}">{}</a></li>)", target, door.words);
  }
  return html(R"(<nav aria-label="Pages"><ul>{}</ul></nav>)", list);
}

Html whoami(const Site& site, const Asked& asked) {
  const Links& links = site.links();
  if (asked.caller.session) {
    return html(
        R"(<form method="post" action="{}" class="who">{}<span>{}</span> <button>Log out</button></form>)",
        links.to("logout"), Site::form_token(asked), asked.caller.who);
  }
  if (site.access().has_login() && asked.caller.who.empty())
    return html(R"(<a class="who" href="{}">Log in</a>)", links.to("login"));
  return html(R"(<span class="who">{}</span>)", asked.caller.who);
}

// A browser says that it takes HTML; programs take anything, or JSON.
bool is_browser(const web::Head& head) {
  return !head.path.starts_with("/api/") &&
         header(head, "accept").find("text/html") != std::string_view::npos;
}

}  // namespace

Html Site::form_token(const Asked& asked) {
  return html(R"(<input type="hidden" name="form_token" value="{}">)", asked.caller.form_token);
}

Privacy Site::privacy(const Asked& asked) const {
  return Privacy(*access_, asked.caller, {asked.query.text("who")}, &aliases_, links_.to(""));
}

// Never in what makes an address known, as `who`: then whoever has its alias would learn it.
void Site::read_aliases(Asked& asked) const {
  for (auto& [name, value] : asked.request.parameters) {
    if (auto meant = aliases_.name_of(value)) value = std::move(*meant);
  }
  for (const char* name : {"builder", "source", "reporter", "after"}) {
    if (auto meant = aliases_.name_of(asked.query.text(name))) asked.query.set(name, std::move(*meant));
  }
}

// What handlers say of a wrong request, and where they lead to, may repeat what an alias stands for.
web::Response Site::without_addresses(web::Response response, const Privacy& privacy) const {
  if (!privacy.masks() || response.status < 300 || response.status == 304) return response;
  for (auto& [name, value] : response.headers) {
    if (name == "Location") value = privacy(value);
  }
  const bool packed =
      std::ranges::any_of(response.headers, [](const auto& one) { return one.first == "Content-Encoding"; });
  if (!packed) response.body = privacy(response.body);
  return response;
}

web::Response Site::show(const Page& page, const Asked& asked) const {
  web::Response response;
  response.status = page.status;
  response.content_type = "text/html; charset=utf-8";
  if (header(asked.request, "x-part") == "main") {
    response.body = page.main.str();
  } else {
    const std::int64_t refresh = asked.query.number("refresh", 5, 3600).value_or(std::nullopt).value_or(0);
    // Where links of old mails arrive.
    const std::string& path = asked.request.path;
    const Html old_links = path == "/" || path == "/login" ? html(R"(<script src="{}" defer></script>)",
                                                                  static_address(links_, "old_links.js"))
                                                           : Html();
    const Html again = refresh > 0 ? html(R"(<meta http-equiv="refresh" content="{}">)", refresh) : Html();
    response.body = html(R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{} - {}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">{}
<link rel="stylesheet" href="{}"><link rel="icon" href="{}" type="image/svg+xml">
<script src="{}" defer></script>{}</head>
<body data-stream="{}" data-topics="{}" data-at="{}">
<a class="skip" href="#main">Skip to the content</a>
<header><a class="home" href="{}">{}</a>{}<form class="search" action="{}" role="search"><input name="q" type="search" aria-label="Builder, or builder/number" placeholder="builder/number"></form>{}<span id="live" role="status"></span></header>
<main id="main" tabindex="-1">{}</main>
</body></html>
)",
                         page.title, title_, again, static_address(links_, "base.css"),
                         static_address(links_, "icon.svg"), static_address(links_, "live.js"), old_links,
                         links_.to("api/v1/stream"), page.topics, asked.at, links_.to(""), title_,
                         navigation(links_, asked), links_.to("search"), whoami(*this, asked), page.main)
                        .str();
  }
  response.body = privacy(asked)(response.body);
  add_page_headers(response);
  response = tagged(std::move(response), asked.request);
  response.headers.emplace_back("Vary", "X-Part");
  response.headers.emplace_back("X-At", std::to_string(asked.at));
  return response;
}

web::Response Site::sorry(int status, std::string_view what, const Asked& asked) const {
  Page page;
  page.title = status == 404 ? "Not found" : "That did not work";
  page.status = status;
  page.main = html("<h1>{}</h1><p>{}</p>", page.title, what);
  return show(page, asked);
}

std::optional<web::Response> Site::refusal(const Place& place, const access::Caller& caller,
                                           const web::Head& head) const {
  if (caller.role >= place.role || (place.open && place.open(head))) return std::nullopt;
  const bool unknown = caller.who.empty();
  if (unknown && caller.trouble.empty() && access_->has_login() && place.method == "GET" &&
      !place.for_programs) {
    const std::string back = head.path + (head.query.empty() ? "" : "?" + head.query);
    return redirect(links_.to("login") + "?to=" + percent_encode(back));
  }
  const int status = caller.wait ? 429 : unknown ? 401 : 403;
  const std::string needed(access::name(place.role));
  const std::string what = !caller.trouble.empty() ? caller.trouble
                           : unknown               ? "nobody may see or do this without showing who it is"
                                     : caller.who + " may not do this: it is for the role " + needed;
  const std::string hint = access_->has_login() || !unknown ? "" : access_->hint(place.role);
  web::Response response = refused(place, status, what, hint);
  if (caller.wait) response.headers.emplace_back("Retry-After", std::to_string(caller.wait->count()));
  if (status != 401) return response;
  std::string ways;
  for (const std::string& way : access_->challenges(head))
    ways += (ways.empty() ? "" : ", ") + way;
  response.headers.emplace_back("WWW-Authenticate", ways);
  return response;
}

std::optional<web::Response> Site::wait_of(const Place& place, const access::Caller& caller) const {
  if (place.uncounted) return std::nullopt;
  const auto wait = access_->too_often(caller);
  if (!wait) return std::nullopt;
  web::Response response = refused(
      place, 429,
      caller.address + " asks for too much: 20 requests a second, and 100 at once, are for who is not known",
      access_->has_login() ? "log in, or show a token" : "wait a moment, or show a token");
  response.headers.emplace_back("Retry-After", std::to_string(wait->count()));
  return response;
}

web::Response Site::refused(const Place& place, int status, const std::string& what,
                            const std::string& hint) const {
  if (!place.for_programs) return bare(status, what, hint);
  web::Response response = json_error(status, what, hint);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// A page without its frame, which would ask who it is.
web::Response Site::bare(int status, std::string_view what, std::string_view hint) const {
  web::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = html(R"(<!doctype html><html lang="en"><meta charset="utf-8"><title>{}</title>
<link rel="stylesheet" href="{}"><main><h1>{}</h1><p>{}</p><p>{}</p></main></html>
)",
                       title_, static_address(links_, "base.css"), title_, what, hint)
                      .str();
  add_page_headers(response);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// Who may see pages gets one with their navigation, and others learn nothing by it.
web::Response Site::lost(int status, std::string_view why, const web::Head& head) const {
  if (!is_browser(head)) return web::error_response(status, why);
  const std::string_view what = status == 404 ? "There is no such page." : "That cannot be done here.";
  Asked asked;
  asked.caller = access_->caller(head);
  if (asked.caller.unproved || !asked.may(access::Role::viewer)) return bare(status, what);
  static_cast<web::Head&>(asked.request) = head;
  return sorry(status, what, asked);
}

asio::awaitable<web::Response> Site::answer(std::shared_ptr<const Place> place, web::Request request) const {
  Asked asked;
  asked.caller = access_->caller(request);
  if (asked.caller.unproved) asked.caller = co_await access_->prove(request);
  // Only now it may be known who asks; and rights may have changed while the body came.
  if (auto refused = refusal(*place, asked.caller, request)) co_return std::move(*refused);
  const auto wrong = [&](int status, const std::string& what) {
    return place->for_programs ? json_error(status, what) : sorry(status, what, asked);
  };
  asked.request = std::move(request);
  if (at_ && place->method == "GET" && !place->for_programs) asked.at = co_await at_();
  while (awaits_alias_key_)
    co_await sleep_for(alias_key_look);
  asked.query = Fields::parse(asked.request.query);
  if (asked.request.content_type.starts_with("application/x-www-form-urlencoded"))
    asked.form = Fields::parse(asked.request.body);
  read_aliases(asked);
  for (const auto* fields : {&asked.query, &asked.form}) {
    if (!fields->twice().empty()) co_return wrong(400, fields->twice() + ": is given twice");
  }
  if (place->fields) {
    if (const auto stranger = asked.query.stranger(*place->fields))
      co_return wrong(400, *stranger + ": is not known here");
  }
  if (place->method != "GET") {
    if (const auto why = access_->forged(asked.caller, asked.request, asked.form.text("form_token")))
      co_return wrong(403, *why);
  }
  const Privacy mask = privacy(asked);
  co_return without_addresses(co_await place->handler(std::move(asked)), mask);
}

std::vector<std::shared_ptr<void>> Site::serve(web::Router& router, std::vector<Place> places) const {
  std::vector<std::shared_ptr<void>> handles;
  for (Place& place : places) {
    const auto shared = std::make_shared<const Place>(std::move(place));
    web::Route route;
    route.max_body = shared->max_body;
    route.refuse = [this, shared](const web::Head& head) -> std::optional<web::Response> {
      const access::Caller caller = access_->caller(head);
      if (caller.unproved) return std::nullopt;  // answer() waits for it
      if (auto refused = refusal(*shared, caller, head)) return refused;
      return wait_of(*shared, caller);
    };
    route.handler = [this, shared](web::Request request) { return answer(shared, std::move(request)); };
    if (!shared->for_programs)
      route.broken = [this] { return bare(500, "That did not work: an internal error."); };
    handles.push_back(router.add(shared->method, shared->path, std::move(route)));
  }
  handles.push_back(router.answer_lost(
      [this](int status, std::string_view why, const web::Head& head) { return lost(status, why, head); }));
  return handles;
}

}  // namespace carillon::dashboard
