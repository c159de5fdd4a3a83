// Silences: running, coming and ended ones, with what they held back; a new one, and its end.
#include <map>

#include "dashboard/answer.hpp"
#include "dashboard/silences.hpp"
#include "dashboard/words.hpp"
#include "rule/silence.hpp"

namespace carillon::dashboard {
namespace {

using access::Role;
using store::KeptSilence;
using view::Phase;

constexpr std::size_t most_silence_form = 16'384;

struct Choice {
  std::string_view value;
  std::string_view words;
};
constexpr Choice lengths[] = {{"30m", "30 minutes"}, {"1h", "1 hour"}, {"2h", "2 hours"}, {"4h", "4 hours"},
                              {"8h", "8 hours"},     {"24h", "1 day"}, {"3d", "3 days"},  {"7d", "7 days"}};

std::string silence_link(const Links& links, RowId id) {
  return links.to("silences/" + std::to_string(id));
}

Html end_form(const Silence& silence, const Asked& asked, const Links& links) {
  if (!asked.may(Role::operator_)) return {};
  return html(R"(<form method="post" action="{}/end">{}<button>End it now</button></form>)",
              silence_link(links, silence.id), Site::form_token(asked));
}

// "held back 14: MailNotifier 11, IRC 3".
std::string held_text(const KeptSilence& kept) {
  std::map<std::string, std::size_t> by_reporter;
  for (const store::HeldBack& one : kept.held)
    by_reporter[one.reporter] += one.count;
  std::string text = std::to_string(kept.count());
  for (const auto& [reporter, count] : by_reporter)
    text += (text.find(':') == std::string::npos ? ": " : ", ") + reporter + " " + std::to_string(count);
  return text;
}

Html silence_rows(const std::vector<KeptSilence>& all, Phase phase, const Asked& asked, const Links& links,
                  Millis now) {
  Html rows;
  for (const KeptSilence& kept : all) {
    const Silence& silence = kept.silence;
    if (view::phase_of(silence, now) != phase) continue;
    const Html end = phase == Phase::ended ? Html() : end_form(silence, asked, links);
    rows += html(
        R"(<tr><td><a href="{}">{}</a></td><td>{}</td><td>{} to {}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>)",
        silence_link(links, silence.id), silence.id, rule::subject_of(silence), moment(silence.from, now),
        moment(silence.until, now), silence.why, silence.who, held_text(kept), end);
  }
  if (rows.empty()) return html("<p>None.</p>");
  return table({"Silence", "Holds back", "When (UTC)", "Why", "Who", "Held back"}, rows);
}

asio::awaitable<web::Response> list_silences(const World& world, Asked asked) {
  const Millis now = world.clock.now();
  co_return co_await look(
      world, asked, [](store::Ledger& ledger) { return ledger.kept_silences(); },
      [&](const std::vector<KeptSilence>& all) {
        const Links& links = world.site.links();
        const Html begin = asked.may(Role::operator_)
                               ? html(R"(<p><a href="{}">New silence</a></p>)", links.to("silences/new"))
                               : html(R"(<p class="dim">Who has the role operator may begin one.</p>)");
        Page page;
        page.title = "Silences";
        page.topics = "silences";
        page.main = html("<h1>Silences</h1>{}<h2>Running</h2>{}<h2>Coming</h2>{}<h2>Ended</h2>{}", begin,
                         silence_rows(all, Phase::running, asked, links, now),
                         silence_rows(all, Phase::coming, asked, links, now),
                         silence_rows(all, Phase::ended, asked, links, now));
        return world.site.show(page, asked);
      });
}

// The address of a form that begins it again.
std::string again_link(const Silence& silence, const Links& links) {
  Fields fields;
  const std::pair<std::string_view, const std::string*> all[] = {
      {"builder", &silence.builder}, {"branch", &silence.branch},     {"tag", &silence.tag},
      {"result", &silence.result},   {"reporter", &silence.reporter}, {"target", &silence.target}};
  std::string query = fields.query_with("why", silence.why);
  for (const auto& [name, value] : all) {
    if (!value->empty()) query += "&" + fields.query_with(name, *value).substr(1);
  }
  if (silence.statuses) query += "&statuses=yes";
  query += silence.summary ? "&summary=yes" : "&summary=no";
  return links.to("silences/new" + query);
}

Html silence_facts(const KeptSilence& kept, Millis now) {
  const Silence& silence = kept.silence;
  Html list;
  const auto add = [&](std::string_view name, const Html& value) {
    list += html("<dt>{}</dt><dd>{}</dd>", name, value);
  };
  add("holds back", text(rule::subject_of(silence)));
  add("state", text(view::word(view::phase_of(silence, now))));
  add("when", html("{} to {}", moment(silence.from, now), moment(silence.until, now)));
  add("why", text(silence.why));
  add("who", text(silence.who));
  if (!silence.ended_by.empty()) add("ended by", text(silence.ended_by));
  add("statuses and posts", text(silence.statuses ? "held back, too" : "go out"));
  add("at its end", text(silence.summary ? "a summary" : "nothing is said"));
  add("held back", text(held_text(kept)));
  return html(R"(<dl class="facts">{}</dl>)", list);
}

asio::awaitable<web::Response> show_silence(const World& world, Asked asked) {
  const Millis now = world.clock.now();
  const RowId id = id_of(asked);
  co_return co_await look(
      world, asked, [id](store::Ledger& ledger) { return ledger.kept_silence(id); },
      [&](const std::optional<KeptSilence>& kept) {
        if (!kept) return world.site.sorry(404, "There is no silence '" + asked.part("id") + "'.", asked);
        const Links& links = world.site.links();
        Html rows;
        for (const store::HeldBack& held : kept->held) {
          const Html builder = held.builder.empty() ? text("workers, buildsets")
                                                    : html(R"(<a href="{}">{}</a>)",
                                                           links.builder(held.builder), held.builder);
          rows += html(R"(<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td></tr>)",
                       links.reporter(held.reporter), held.reporter, builder, held.count);
        }
        Html deeds;
        if (view::phase_of(kept->silence, now) != Phase::ended)
          deeds += end_form(kept->silence, asked, links);
        if (asked.may(Role::operator_)) {
          deeds += html(R"(<p><a href="{}">Another one like it</a></p>)", again_link(kept->silence, links));
        }
        Page page;
        page.title = "Silence " + std::to_string(id);
        page.topics = "silences";
        page.main = html(
            "<h1>Silence {}</h1>{}{}<h2>Held back</h2>{}", id, silence_facts(*kept, now), deeds,
            rows.empty() ? html("<p>Nothing yet.</p>") : table({"Reporter", "Builder", "Reports"}, rows));
        return world.site.show(page, asked);
      });
}

Html checkbox(std::string_view name, bool checked, std::string_view words) {
  return checked
             ? html(R"(<label><input type="checkbox" name="{}" value="yes" checked> {}</label>)", name, words)
             : html(R"(<label><input type="checkbox" name="{}" value="yes"> {}</label>)", name, words);
}

Html lengths_of(std::string_view chosen) {
  Html list;
  for (const Choice& choice : lengths) {
    list += choice.value == chosen
                ? html(R"(<option value="{}" selected>{}</option>)", choice.value, choice.words)
                : html(R"(<option value="{}">{}</option>)", choice.value, choice.words);
  }
  return list;
}

// told: what is wrong, or what it would have held back; above the form.
web::Response silence_form(const World& world, const Asked& asked, const Fields& fields, const Html& told,
                           int status) {
  const Links& links = world.site.links();
  Html inputs;
  const auto input = [&](std::string_view name, std::string_view words) {
    inputs += html(R"(<label class="pair">{} <input name="{}" value="{}"></label> )", words, name,
                   fields.text(name));
  };
  input("builder", "builder");
  input("branch", "branch");
  input("tag", "tag");
  input("result", "result");
  input("reporter", "reporter");
  input("target", "to");
  const std::string length = fields.has("for") ? fields.text("for") : "2h";
  // A box that is not ticked is not posted; a link says it.
  const bool by_default = asked.request.method == "GET" && !fields.has("summary");
  const Html summary =
      checkbox("summary", by_default || fields.text("summary") == "yes", "one summary when it ends");
  Page page;
  page.title = "New silence";
  page.status = status;
  page.main = html(
      R"(<h1>New silence</h1>{}<form method="post" action="{}">{}<p>{}</p>
<p class="dim">Patterns: * stands for anything; an empty field does not matter.</p>
<p><label class="pair">for <select name="for"><option value="">until…</option>{}</select></label>
<label class="pair">until <input name="until" value="{}" placeholder="2026-11-28T16:00:00Z"></label>
<label class="pair">from <input name="from" value="{}" placeholder="now"></label></p>
<p><label class="pair">why <input name="why" value="{}" size="50" maxlength="200"></label></p>
<p>{} {}</p>
<p><button formaction="{}" name="preview" value="1">What would it have held back?</button>
<button>Begin</button></p></form>)",
      told, links.to("silences"), Site::form_token(asked), inputs,
      lengths_of(fields.text("until").empty() ? length : ""), fields.text("until"), fields.text("from"),
      fields.text("why"), summary,
      checkbox("statuses", fields.text("statuses") == "yes", "also statuses on forges and HTTP posts"),
      links.to("silences/new"));
  return world.site.show(page, asked);
}

Html wrong_note(const std::string& what) {
  return html(R"(<p class="note" role="alert">✗ {}</p>)", what);
}

asio::awaitable<web::Response> ask_for_silence(const World& world, Asked asked) {
  co_return silence_form(world, asked, asked.query, Html(), 200);
}

// By POST, as the form's token is for no address.
asio::awaitable<web::Response> try_silence(const World& world, Asked asked) {
  const Millis now = world.clock.now();
  auto silence = view::read_subject(given_by(asked.form), now);
  if (!silence) co_return silence_form(world, asked, asked.form, wrong_note(silence.error().what), 400);
  const auto programs = programs_of(world);
  co_return co_await look(
      world, asked, [&](store::Ledger& ledger) { return view::try_out(ledger, *silence, now, programs); },
      [&](const view::Tried& tried) {
        const Html told = html(R"(<p class="note" role="status">{}</p>)", view::in_words(tried));
        return silence_form(world, asked, asked.form, told, 200);
      });
}

asio::awaitable<web::Response> begin_by_form(const World& world, Asked asked) {
  auto silence =
      view::read_silence(given_by(asked.form), who_does(asked.caller), world.clock.now(), Zone::utc);
  if (!silence) co_return silence_form(world, asked, asked.form, wrong_note(silence.error().what), 400);
  auto id = co_await begin_silence(world, asked.caller, *silence);
  if (!id) co_return no_page(world, asked, id.error(), {});
  co_return redirect(silence_link(world.site.links(), *id));
}

asio::awaitable<web::Response> end_by_form(const World& world, Asked asked) {
  const RowId id = id_of(asked);
  auto ended = co_await end_silence(world, id, asked.caller);
  if (!ended) co_return no_page(world, asked, ended.error(), {});
  if (ended->starts_with("there is no")) co_return world.site.sorry(404, *ended, asked);
  co_return redirect(silence_link(world.site.links(), id));
}

}  // namespace

void add_silences(std::vector<Place>& places, const World& world) {
  const auto place = [&](const char* method, const char* path, Role role, auto handler) {
    places.push_back({method, path, role, handler, most_silence_form});
  };
  place("GET", "/silences", Role::viewer,
        [world](Asked asked) { return list_silences(world, std::move(asked)); });
  place("POST", "/silences", Role::operator_,
        [world](Asked asked) { return begin_by_form(world, std::move(asked)); });
  place("GET", "/silences/new", Role::operator_,
        [world](Asked asked) { return ask_for_silence(world, std::move(asked)); });
  place("POST", "/silences/new", Role::operator_,
        [world](Asked asked) { return try_silence(world, std::move(asked)); });
  place("GET", "/silences/{id}", Role::viewer,
        [world](Asked asked) { return show_silence(world, std::move(asked)); });
  place("POST", "/silences/{id}/end", Role::operator_,
        [world](Asked asked) { return end_by_form(world, std::move(asked)); });
}

}  // namespace carillon::dashboard
