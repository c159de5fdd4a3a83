// The pages, one file each (page_*.cpp), and what they are made of.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dashboard/replays.hpp"
#include "dashboard/site.hpp"
#include "dashboard/views.hpp"
#include "store/key_value.hpp"
#include "view/status.hpp"
#include "view/story.hpp"

namespace carillon::dashboard {

// A reporter as the pages show it.
struct ReporterFacts {
  std::string name;
  // Taken out of the configuration; what it has is still sent.
  bool draining = false;
  // Its rules in words, a line each.
  std::vector<std::string> rules;
  // Reporter::tells_programs.
  bool tells_programs = false;
  // It tells of what happens while it happens, and repeats nothing.
  bool announces = false;
};

// What feeds and badges are told of the configuration.
struct FeedFacts {
  // Builders whose badges everybody may see; `*` stands for anything.
  std::vector<std::string> open_badges;
  // c['www']['url']; empty: not known.
  std::string url;
  // The host of this server's pages, as far as it is known: ids of entries are made of it.
  std::string authority = "localhost";
};

// What the server tells the pages; all of it outlives them. Called on the io_context thread.
struct World {
  Site& site;
  Archive& archive;
  const Clock& clock;
  std::function<view::ServerStatus()> server;
  std::function<std::vector<ReporterFacts>()> reporters;
  // What waits for each reporter, configured or not.
  std::function<std::vector<store::Ledger::Queue>()> queues;
  // Something was changed in the store: the server reads it at once.
  std::function<asio::awaitable<void>()> changed;
  // A made-up report through a reporter: `outcomes`, or `error` (with `known` where there is that reporter).
  std::function<asio::awaitable<json::object>(std::string reporter)> test_send;
  // `warnings`, or `error`.
  std::function<asio::awaitable<json::object>()> reload;
  std::function<FeedFacts()> feeds;
  Views views = {};
  // In Prometheus' text format.
  std::function<asio::awaitable<std::string>()> metrics = nullptr;
  Replays replays = {};
  // Where requests with an Idempotency-Key are kept; null: nowhere.
  std::function<store::KeyValue*()> memory = nullptr;
};

// What holds up deliveries.
struct Held {
  std::vector<store::Pause> pauses;
  std::optional<view::ServerStatus> server;
  // Those that others of their lanes come before: by id, which (Ledger::waits_behind).
  std::map<RowId, RowId> behind = {};
};

// What stands for those rows in Held::behind, to be asked on the archive's thread; empty where more than some
// 2,000 wait, of which each row would cost a look at all.
std::function<std::map<RowId, RowId>(store::Ledger&, const std::vector<store::LedgerRow>&)> behind_question(
    const World& world);

// How to add the work as of now to a status (view::add_work): made here, called on the archive's thread.
std::function<void(view::Status&, store::Ledger&)> work_question(const World& world, Millis now);

// The places of all pages.
std::vector<Place> pages(const World& world);

// Each of these adds its own.
void add_overview(std::vector<Place>& places, const World& world);
void add_builds(std::vector<Place>& places, const World& world);
void add_build(std::vector<Place>& places, const World& world);
void add_deliveries(std::vector<Place>& places, const World& world);
void add_delivery(std::vector<Place>& places, const World& world);
void add_reporters(std::vector<Place>& places, const World& world);
void add_sources(std::vector<Place>& places, const World& world);
void add_deeds(std::vector<Place>& places, const World& world);
void add_audit(std::vector<Place>& places, const World& world);
void add_requests(std::vector<Place>& places, const World& world);
void add_previews(std::vector<Place>& places, const World& world);
void add_grid(std::vector<Place>& places, const World& world);
void add_configuration(std::vector<Place>& places, const World& world);
void add_api(std::vector<Place>& places, const World& world);
void add_api_deeds(std::vector<Place>& places, const World& world);
void add_silences(std::vector<Place>& places, const World& world);
void add_api_silences(std::vector<Place>& places, const World& world);
void add_replay(std::vector<Place>& places, const World& world);
void add_api_replay(std::vector<Place>& places, const World& world);
void add_static_files(std::vector<Place>& places, const World& world);
void add_login(std::vector<Place>& places, const World& world);

// A table: each head in a <th>, the rows as they are.
Html table(const std::vector<std::string>& heads, const Html& rows);

// Rows of a list of builds. now: of the page. with_builder: a column for it.
Html build_rows(const std::vector<store::ListedBuild>& builds, const Links& links, Millis now,
                bool with_builder);
// with_boxes: each with a box to tick, "id.7".
Html delivery_rows(const std::vector<store::LedgerRow>& rows, const Links& links, Millis now,
                   const Held& held, bool with_boxes = false);
// When the delivery was settled, or is tried next, or until when it is paused.
Html delivery_time(const view::DeliveryStory& story, Millis now);
// "mails has delivered nothing since ...: refused"; empty: it answers.
Html no_answer(const std::optional<view::ServerStatus>& server, const std::string& reporter, Millis now);
// What the query asks for that the page does not know, a line each: it narrows nothing. Empty: all is known.
Html unknown_fields(const Asked& asked, std::span<const std::string_view> known);
// "older" at the end of a page that goes on; empty where there is no more.
Html older(const Asked& asked, const std::optional<std::int64_t>& next);

// The question's answer, or the page that says why there is none.
template <class Question>
using Answered = std::invoke_result_t<Question&, store::Ledger&>;

// Why the archive does not answer: 503 with Retry-After. narrow: a form by which less may be asked for.
web::Response no_page(const World& world, const Asked& asked, const Failure& failure, const Html& narrow);

// show(answer) of what the archive answers to the question, or no_page().
template <class Question, class Show>
asio::awaitable<web::Response> look(const World& world, const Asked& asked, Question question, Show show,
                                    Html narrow = {}) {
  auto answer = co_await world.archive.ask(std::move(question));
  if (!answer) co_return no_page(world, asked, answer.error(), narrow);
  co_return show(*answer);
}

}  // namespace carillon::dashboard
