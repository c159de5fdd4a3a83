// The configuration as it is: its file, when it was read, what it says; secrets are masked by the server.
#include "dashboard/api.hpp"
#include "dashboard/request_view.hpp"
#include "dashboard/words.hpp"
#include "view/pretty.hpp"

namespace carillon::dashboard {
namespace {

// A value of the configuration, as it would be written there.
std::string written(const json::value& value) {
  if (value.is_null()) return "None";
  if (value.is_bool()) return value.get_bool() ? "True" : "False";
  return view::pretty(value);
}

Html arguments_of(const json::object& of) {
  const json::object* arguments = object_at(of, "arguments");
  Html list;
  if (arguments != nullptr) {
    for (const auto& argument : *arguments)
      list +=
          html("<li><code>{}={}</code></li>", std::string_view(argument.key()), written(argument.value()));
  }
  return list.empty() ? html(R"(<span class="dim">none</span>)") : html("<ul>{}</ul>", list);
}

Html services_of(const json::object& told, std::string_view member, std::string_view title) {
  Html rows;
  for (const json::object* one : objects_at(told, member)) {
    rows += html("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", text_at(*one, "name"),
                 text_at(*one, "class"), text_at(*one, "where"), arguments_of(*one));
  }
  return html("<h2>{}</h2>{}", title,
              rows.empty() ? html("<p>None.</p>") : table({"Name", "Class", "Where", "Arguments"}, rows));
}

Html reload_of(const json::object& told, Millis now) {
  const json::object* reload = object_at(told, "reload");
  if (reload == nullptr) return html("not since the start");
  const Html at = moment(integer_at(*reload, "at").value_or(0), now);
  const std::string error = text_at(*reload, "error");
  if (error.empty()) return html(R"({}, <span class="good">✓ taken</span>)", at);
  return html(R"({}, <span class="bad">✗ refused, the one before stays</span>: <pre tabindex="0">{}</pre>)",
              at, error);
}

Html configuration_main(const json::object& told, const Asked& asked, const Links& links, Millis now) {
  Html facts = html("<dt>file</dt><dd>{}</dd><dt>read</dt><dd>{}</dd><dt>last reload</dt><dd>{}</dd>",
                    text_at(told, "file"), moment(integer_at(told, "loaded_at").value_or(0), now),
                    reload_of(told, now));
  if (const json::object* settings = object_at(told, "settings")) {
    for (const auto& setting : *settings)
      facts += html("<dt>{}</dt><dd>{}</dd>", std::string_view(setting.key()), written(setting.value()));
  }
  Html warnings;
  for (const std::string& warning : texts_in(told, "warnings"))
    warnings += html(R"(<li class="wait">! {}</li>)", warning);
  const Html reload =
      html(R"(<form method="post" action="{}" class="filter">{}<button>Read it again</button></form>)",
           links.to("reload"), Site::form_token(asked));
  return html(R"(<h1>Configuration</h1><dl class="facts">{}</dl>{}{}{}{})", facts, reload,
              warnings.empty() ? Html() : html("<h2>Warnings</h2><ul>{}</ul>", warnings),
              services_of(told, "sources", "Sources"), services_of(told, "reporters", "Reporters"));
}

}  // namespace

void add_configuration(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/config", access::Role::admin, [world](Asked asked) -> asio::awaitable<web::Response> {
         Page page;
         page.title = "Configuration";
         page.main =
             configuration_main(world.views.configuration(), asked, world.site.links(), world.clock.now());
         co_return world.site.show(page, asked);
       }});
  places.push_back(api_get(
      "config",
      [world](Asked asked) -> asio::awaitable<web::Response> {
        co_return api_answer(world, asked, world.views.configuration());
      },
      access::Role::admin));
}

}  // namespace carillon::dashboard
