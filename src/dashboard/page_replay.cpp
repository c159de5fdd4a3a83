// Past builds, reported again: counted first, then ordered, with its progress.
#include <algorithm>

#include "base/terminal.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/deeds.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

using access::Role;

constexpr std::size_t most_replay_form = 16'384;

std::string replay_link(const Links& links, std::int64_t id) {
  return links.to("replay/" + std::to_string(id));
}

Html replay_state(ReplayState state) {
  switch (state) {
    case ReplayState::counting:
    case ReplayState::ordering:
      return html(R"(<span class="state wait">▶ {}</span>)", name(state));
    case ReplayState::counted:
      return html(R"(<span class="state wait">◷ {}</span>)", name(state));
    case ReplayState::done:
      return html(R"(<span class="state good">✓ {}</span>)", name(state));
    case ReplayState::stopped:
      return html(R"(<span class="state dim">⊘ {}</span>)", name(state));
    case ReplayState::interrupted:
    case ReplayState::failed:
      break;
  }
  return html(R"(<span class="state bad">✗ {}</span>)", name(state));
}

Html reporter_choice(const World& world, std::string_view chosen) {
  Html list = html(R"(<option value="">all</option>)");
  for (const ReporterFacts& reporter : world.reporters()) {
    if (reporter.draining || reporter.announces) continue;
    list += reporter.name == chosen
                ? html(R"(<option value="{}" selected>{}</option>)", reporter.name, reporter.name)
                : html(R"(<option value="{}">{}</option>)", reporter.name, reporter.name);
  }
  return list;
}

Html replay_rows(const std::vector<ReplayJob>& all, const Links& links, Millis now) {
  Html rows;
  for (const ReplayJob& job : all) {
    rows += html(
        R"(<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{} of {}<span class="on-card"> ordered</span></td><td>{}</td><td>{}</td><td>{}</td></tr>)",
        replay_link(links, job.id), job.id, replay_state(job.state), subject_of(job), job.ordered,
        job.count.all().reports, job.who, job.why, moment(job.created, now));
  }
  if (rows.empty()) return html("<p>None yet.</p>");
  return table({"Replay", "State", "What", "Ordered", "Who", "Why", "When"}, rows);
}

// wrong: with what was typed; empty: nothing is.
web::Response replay_form(const World& world, const Asked& asked, const Fields& fields,
                          const std::string& wrong, int status) {
  const Links& links = world.site.links();
  const Html told = wrong.empty() ? Html() : html(R"(<p class="note" role="alert">✗ {}</p>)", wrong);
  const std::string since = fields.has("since") ? fields.text("since") : "24h";
  Page page;
  page.title = "Replay";
  page.topics = "replays";
  page.status = status;
  page.main = html(
      R"(<h1>Replay</h1>{}<p>Reports of past builds are made again, as the rules decide now: for a target that lost its
data, or a reporter that is new. They are counted first; nothing goes out before you say so.</p>
<form method="post" action="{}" class="filter">{}
<label>heard since <input name="since" value="{}" required placeholder="2h, 2026-11-28T16:00:00Z"></label>
<label>until <input name="until" value="{}" placeholder="now"></label>
<label>builder <input name="builder" value="{}" placeholder="all"></label>
<label>reporter <select name="reporter">{}</select></label><button>Count them</button></form>
<h2>Replays</h2>{}<p class="dim">Bots are left out: they announce what happens while it happens.</p>)",
      told, links.to("replay"), Site::form_token(asked), since, fields.text("until"), fields.text("builder"),
      reporter_choice(world, fields.text("reporter")),
      replay_rows(world.replays.all(), links, world.clock.now()));
  return world.site.show(page, asked);
}

// How many of the events are looked at, for people's eyes and ears.
Html replay_bar(const ReplayJob& job) {
  const std::int64_t all = std::max<std::int64_t>(job.range.up_to - job.range.after, 1);
  const std::int64_t done = std::clamp<std::int64_t>(job.at - job.range.after, 0, all);
  return html(R"(<p><progress max="{}" value="{}" aria-label="events looked at"></progress> {} %</p>)", all,
              done, done * 100 / all);
}

Html replay_progress(const ReplayJob& job) {
  switch (job.state) {
    case ReplayState::counting:
      return html("{}<p>{} of about {} events are looked at. Nothing is ordered yet.</p>", replay_bar(job),
                  job.count.events, std::max<std::int64_t>(job.range.up_to - job.range.after, 0));
    case ReplayState::counted:
      return html("<p>Nothing is ordered yet.</p>");
    case ReplayState::ordering: {
      const Html behind =
          job.behind == 0
              ? Html()
              : html("<p>It waits until there is room: {} reports are not worded yet.</p>", job.behind);
      return html("{}<p>{}.</p>{}", replay_bar(job), progress_of(job), behind);
    }
    case ReplayState::done:
    case ReplayState::stopped:
    case ReplayState::interrupted:
    case ReplayState::failed:
      break;
  }
  return job.begun == 0 ? html("<p>Nothing is ordered.</p>")
                        : html("<p>{}. What is ordered goes out.</p>", progress_of(job));
}

Html replay_counts(const ReplayJob& job, const Links& links) {
  if (job.state == ReplayState::counting) return {};
  Html rows;
  for (const auto& [reporter, share] : job.count.by_reporter) {
    rows += html(
        R"(<tr><td><a href="{}">{}</a></td><td>{}<span class="on-card"> reports</span></td><td>{}<span class="on-card"> delivered before</span></td><td>{}<span class="on-card"> wait already</span></td></tr>)",
        links.reporter(reporter), reporter, share.reports, share.delivered, share.waiting);
  }
  if (rows.empty()) return html("<p>There is nothing to report again.</p>");
  return html(
      R"({}<p class="dim">What was delivered before arrives a second time. What waits already, or is not worded yet,
goes out once. A status that a later one has replaced is not sent.</p>)",
      table({"Reporter", "Reports", "Delivered before", "Wait already"}, rows));
}

Html reason_in(const std::string& to, std::string_view button, bool needed, const Asked& asked) {
  const Html field = needed ? html(R"(<label>why <input name="reason" required maxlength="200"></label>)")
                            : html(R"(<label>why <input name="reason" maxlength="200"></label>)");
  return html(R"(<form method="post" action="{}" class="filter">{}{}<button>{}</button></form>)", to,
              Site::form_token(asked), field, button);
}

Html replay_deeds(const ReplayJob& job, const Asked& asked, const Links& links) {
  const std::string at = replay_link(links, job.id);
  const std::size_t reports = job.count.all().reports;
  if (job.is_under_way()) {
    return html(R"({}<p><a href="{}">Look again</a>, or <a href="{}?refresh=5">every 5 seconds</a></p>)",
                reason_in(at + "/stop", "Stop it", false, asked), at, at);
  }
  if (job.state == ReplayState::counted && reports > 0)
    return reason_in(at + "/go", "Send " + counted(reports, "report") + " again", true, asked);
  if (job.may_go_on()) return reason_in(at + "/go", "Go on with the rest", true, asked);
  return html(R"(<p><a href="{}">Another one</a></p>)", links.to("replay"));
}

Html replay_facts(const ReplayJob& job, Millis now) {
  Html list;
  const auto add = [&](std::string_view key, const Html& value) {
    list += html("<dt>{}</dt><dd>{}</dd>", key, value);
  };
  add("state", replay_state(job.state));
  add("what", text(subject_of(job)));
  if (job.state != ReplayState::counting) {
    add("counted", html("{} of {}, {} among them", counted(job.count.all().reports, "report"),
                        counted(job.count.events, "event"), counted(job.count.builds, "ended build")));
  }
  add("who", text(job.who));
  if (!job.why.empty()) add("why", text(job.why));
  add("asked for", moment(job.created, now));
  if (job.begun != 0) add("begun", moment(job.begun, now));
  if (job.ended != 0) add("ended", moment(job.ended, now));
  if (!job.trouble.empty()) add("trouble", text(job.trouble));
  return html(R"(<dl class="facts">{}</dl>)", list);
}

web::Response show_replay(const World& world, const Asked& asked) {
  const auto job = world.replays.find(id_of(asked.part("id")).value_or(0));
  if (!job) return world.site.sorry(404, "There is no replay '" + asked.part("id") + "'.", asked);
  const Links& links = world.site.links();
  Page page;
  page.title = "Replay " + std::to_string(job->id);
  page.topics = "replays";
  page.main = html("<h1>{}</h1>{}{}{}{}", page.title, replay_facts(*job, world.clock.now()),
                   replay_progress(*job), replay_counts(*job, links), replay_deeds(*job, asked, links));
  return world.site.show(page, asked);
}

asio::awaitable<web::Response> begin_replay_by_form(const World& world, Asked asked) {
  const Fields& form = asked.form;
  ReplayWish wish;
  wish.since = form.text("since");
  wish.until = form.text("until");
  wish.reporter = form.text("reporter");
  wish.builder = form.text("builder");
  const Done done = co_await begin_replay(world, asked.caller, std::move(wish), false, {});
  if (done.status != 200) co_return replay_form(world, asked, form, done.words, done.status);
  co_return redirect(replay_link(world.site.links(), integer_at(done.more, "id").value_or(0)));
}

asio::awaitable<web::Response> change_replay_by_form(const World& world, Asked asked) {
  const std::int64_t id = id_of(asked.part("id")).value_or(0);
  const std::string deed = asked.part("deed");
  const std::string reason = asked.form.text("reason");
  if (deed != "go" && deed != "stop")
    co_return world.site.sorry(404, "A replay can go on, or be stopped.", asked);
  const Done done = deed == "go" ? co_await go_on_with_replay(world, asked.caller, id, reason)
                                 : co_await stop_replay(world, asked.caller, id, reason);
  if (done.status != 200) co_return world.site.sorry(done.status, done.words, asked);
  co_return redirect(replay_link(world.site.links(), id));
}

}  // namespace

void add_replay(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/replay", Role::operator_, [world](Asked asked) -> asio::awaitable<web::Response> {
         co_return replay_form(world, asked, asked.query, {}, 200);
       }});
  places.push_back(
      {"GET", "/replay/{id}", Role::operator_,
       [world](Asked asked) -> asio::awaitable<web::Response> { co_return show_replay(world, asked); }});
  places.push_back({"POST", "/replay", Role::operator_,
                    [world](Asked asked) { return begin_replay_by_form(world, std::move(asked)); },
                    most_replay_form});
  places.push_back({"POST", "/replay/{id}/{deed}", Role::operator_,
                    [world](Asked asked) { return change_replay_by_form(world, std::move(asked)); },
                    most_replay_form});
}

}  // namespace carillon::dashboard
