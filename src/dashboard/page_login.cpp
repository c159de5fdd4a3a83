// Logging in and out. All that is decided is access/'s; here are its forms.
#include "dashboard/answer.hpp"
#include "dashboard/pages.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t largest_form = std::size_t{8} << 10U;

// The page of the form; wrong: what was wrong with the last try.
Page form_page(const Site& site, std::string_view to, std::string_view wrong) {
  Page page;
  page.title = "Log in";
  const Html told = wrong.empty() ? Html() : html(R"(<p role="alert" class="wrong">{}</p>)", wrong);
  page.main = html(R"(<h1>Log in</h1>{}
<form method="post" action="{}" class="login"><input type="hidden" name="to" value="{}">
<p><label>Name <input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Log in</button></p></form>)",
                   told, site.links().to("login"), to);
  return page;
}

Page trouble_page(const Site& site, std::string_view wrong) {
  Page page;
  page.title = "Log in";
  page.status = 403;
  page.main = html(R"(<h1>Log in</h1><p role="alert" class="wrong">{}</p><p><a href="{}">Try again</a></p>)",
                   wrong, site.links().to("login"));
  return page;
}

web::Response follow(const Site& site, const access::Step& step) {
  web::Response response = redirect(step.elsewhere ? step.to : site.links().to(step.to.substr(1)));
  for (const std::string& cookie : step.cookies)
    response.headers.emplace_back("Set-Cookie", cookie);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// Nobody keeps it: what was typed, or came back, is in it.
web::Response unkept(web::Response response) {
  for (auto& [name, value] : response.headers) {
    if (name == "Cache-Control") value = "no-store";
  }
  return response;
}

web::Response not_in(const Site& site, const Asked& asked, Page page, const access::Step& step) {
  page.status = step.wait ? 429 : 403;
  web::Response response = unkept(site.show(page, asked));
  if (step.wait) response.headers.emplace_back("Retry-After", std::to_string(step.wait->count()));
  return response;
}

asio::awaitable<web::Response> ask_who(const Site& site, Asked asked) {
  const std::string to = asked.query.text("to");
  switch (site.access().login()) {
    case access::Login::form:
      co_return unkept(site.show(form_page(site, to, ""), asked));
    case access::Login::elsewhere: {
      const access::Step step = co_await site.access().go_elsewhere(asked.request, to);
      if (step.error.empty()) co_return follow(site, step);
      co_return not_in(site, asked, trouble_page(site, step.error), step);
    }
    case access::Login::none:
      break;
  }
  co_return site.sorry(404, site.access().hint(access::Role::operator_), asked);
}

asio::awaitable<web::Response> log_in(const Site& site, Asked asked) {
  const std::string to = asked.form.text("to");
  const auto password = asked.form.all().find("password");
  const access::Step step = co_await site.access().log_in(
      asked.request, asked.form.text("user"), password == asked.form.all().end() ? "" : password->second, to);
  if (step.error.empty()) co_return follow(site, step);
  co_return not_in(site, asked, form_page(site, to, step.error), step);
}

asio::awaitable<web::Response> come_back(const Site& site, Asked asked) {
  const Fields& query = asked.query;
  access::Answer answer{query.text("code"), query.text("state"), query.text("iss"), query.text("error"),
                        query.text("error_description")};
  const access::Step step = co_await site.access().come_back(asked.request, std::move(answer));
  if (step.error.empty()) co_return follow(site, step);
  co_return not_in(site, asked, trouble_page(site, step.error), step);
}

asio::awaitable<web::Response> log_out(const Site& site, Asked asked) {
  co_return follow(site, co_await site.access().log_out(asked.request));
}

}  // namespace

void add_login(std::vector<Place>& places, const World& world) {
  const Site& site = world.site;
  // Uncounted: others at the same address shut nobody out, and passwords are counted by themselves.
  const auto place = [&](const char* method, const char* path, std::size_t max_body, auto handler) {
    Place made{method, path, access::Role::none,
               [&site, handler](Asked asked) { return handler(site, std::move(asked)); }, max_body};
    made.uncounted = true;
    places.push_back(std::move(made));
  };
  place("GET", "/login", 0, ask_who);
  place("POST", "/login", largest_form, log_in);
  place("GET", "/login/back", 0, come_back);
  place("POST", "/logout", largest_form, log_out);
}

}  // namespace carillon::dashboard
