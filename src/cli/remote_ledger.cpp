#include "cli/remote_ledger.hpp"

#include <algorithm>
#include <limits>

#include "base/encoding.hpp"
#include "base/percent.hpp"
#include "dashboard/words.hpp"
#include "server/roster_record.hpp"
#include "view/read.hpp"

namespace carillon::cli {
namespace {

constexpr std::size_t most_of_a_page = 500;
constexpr std::size_t most_of_each_builder = 50;

[[noreturn]] void refuse_over_server(const std::string& what) {
  throw store::Error("over --server " + what);
}

[[noreturn]] void lacks(const char* what) {
  refuse_over_server(std::string(what) + " cannot be asked for: run the command where the database is");
}

// A query that grows by what is not empty.
class Query {
 public:
  explicit Query(std::string path) : text_(std::move(path)) {}
  Query& add(std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    text_ += any_ ? '&' : '?';
    text_ += std::string(key) + "=" + percent_encode(value);
    any_ = true;
    return *this;
  }
  Query& add_time(std::string_view key, Millis at) { return add(key, at > 0 ? dashboard::iso(at) : ""); }
  Query& add_page(std::int64_t before, std::size_t limit) {
    if (before != std::numeric_limits<std::int64_t>::max()) add("before", std::to_string(before));
    return add("limit", std::to_string(std::clamp(limit, std::size_t{1}, most_of_a_page)));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool any_ = false;
};

// What a silence is about.
json::object subject_body(const Silence& silence) {
  json::object body;
  const auto add = [&](const char* name, const std::string& pattern) {
    if (!pattern.empty()) body[name] = pattern;
  };
  add("builder", silence.builder);
  add("branch", silence.branch);
  add("tag", silence.tag);
  add("result", silence.result);
  add("reporter", silence.reporter);
  add("target", silence.target);
  body["statuses"] = silence.statuses;
  return body;
}

json::array array_of(const std::vector<std::string>& names) {
  return json::array(names.begin(), names.end());
}

}  // namespace

json::object RemoteLedger::read(const std::string& path, std::string_view member) {
  ApiClient::Answer answer = api_.get(path);
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, member);
  return std::move(answer.body);
}

json::object RemoteLedger::status() {
  return read("status", "needs_a_person");
}

store::DeliveriesPage RemoteLedger::deliveries_before(const store::LedgerFilter& filter,
                                                      std::int64_t before) {
  Query query("deliveries");
  if (filter.state) query.add("state", name(*filter.state));
  query.add("reporter", filter.reporter.value_or(""))
      .add("builder", filter.builder.value_or(""))
      .add("to", filter.target.value_or(""))
      .add_time("since", filter.since)
      .add_page(before, filter.limit);
  const json::object told = read(query.text(), "items");
  store::DeliveriesPage page;
  for (const json::object* row : objects_at(told, "items"))
    page.rows.push_back(view::row_of(*row));
  page.next = integer_at(told, "next");
  return page;
}

std::vector<store::LedgerRow> RemoteLedger::deliveries(const store::LedgerFilter& filter) {
  std::vector<store::LedgerRow> rows;
  store::LedgerFilter rest = filter;
  std::optional<std::int64_t> before = std::numeric_limits<std::int64_t>::max();
  while (before && rows.size() < filter.limit) {
    rest.limit = filter.limit - rows.size();
    store::DeliveriesPage page = deliveries_before(rest, *before);
    std::ranges::move(page.rows, std::back_inserter(rows));
    before = page.next;
  }
  if (rows.size() > filter.limit) rows.resize(filter.limit);
  std::ranges::reverse(rows);
  return rows;
}

std::optional<store::LedgerRow> RemoteLedger::delivery(RowId id) {
  const ApiClient::Answer answer = api_.get("deliveries/" + std::to_string(id));
  if (answer.status == 404) return std::nullopt;
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, "attempt_list");
  view::DeliveryStory story = view::delivery_story_of(answer.body);
  attempts_[id] = std::move(story.attempts);
  behind_[id] = story.behind;
  return std::move(story.row);
}

std::vector<store::LedgerRow> RemoteLedger::deliveries_of(RowId event_row) {
  const auto known = deliveries_of_.find(event_row);
  if (known == deliveries_of_.end()) lacks("the deliveries of an event");
  return known->second;
}

std::vector<store::LedgerAttempt> RemoteLedger::attempts(RowId id) {
  if (!attempts_.contains(id) && !delivery(id)) return {};
  return attempts_[id];
}

std::optional<RowId> RemoteLedger::waits_behind(RowId id) {
  if (!behind_.contains(id) && !delivery(id)) return std::nullopt;
  return behind_[id];
}

store::BuildsPage RemoteLedger::builds(const store::BuildsFilter& filter) {
  if (filter.results.size() + (filter.running ? 1 : 0) > 1) lacks("several results at once");
  Query query("builds");
  query.add("source", filter.source).add("builder", filter.builder).add("branch", filter.branch);
  if (filter.running) query.add("result", "running");
  if (!filter.results.empty()) query.add("result", name(filter.results.front()));
  query.add_time("since", filter.since).add_page(filter.before, filter.limit);
  const json::object told = read(query.text(), "items");
  store::BuildsPage page;
  for (const json::object* build : objects_at(told, "items"))
    page.builds.push_back(view::build_of(*build));
  page.next = integer_at(told, "next");
  return page;
}

std::vector<store::ListedBuilder> RemoteLedger::newest_builds(std::size_t of_each, std::size_t most,
                                                              store::Bodies /*bodies*/,
                                                              const store::BuilderName& after) {
  std::vector<store::ListedBuilder> builders;
  std::string cursor = after == store::BuilderName() ? "" : view::cursor_of(after);
  do {
    Query query("builders");
    query.add("builds", std::to_string(std::clamp(of_each, std::size_t{1}, most_of_each_builder)));
    query.add("after", cursor);
    const json::object told = read(query.text(), "items");
    for (const json::object* builder : objects_at(told, "items")) {
      if (builders.size() < most) builders.push_back(view::builder_of(*builder));
    }
    cursor = text_at(told, "next");
  } while (!cursor.empty() && builders.size() < most);
  return builders;
}

std::vector<std::string> RemoteLedger::names(const char* of) {
  return view::texts_at(read("names", of), of);
}

std::vector<std::string> RemoteLedger::sources() {
  return names("sources");
}

std::vector<std::string> RemoteLedger::reporters() {
  return names("reporters");
}

std::vector<std::string> RemoteLedger::builders() {
  return names("builders");
}

std::size_t RemoteLedger::dead_since(Millis /*then*/) {
  lacks("how many are dead since a moment");
}

std::vector<store::LedgerEvent> RemoteLedger::events_of(const BuildName& name) {
  if (name.builder.empty())
    refuse_over_server("a build is named BUILDER/NUMBER or BUILDER, not by an id or a URL");
  const std::string number = name.number ? std::to_string(*name.number) : "latest";
  Query query("b/" + path_part(name.builder) + "/" + number);
  const ApiClient::Answer answer = api_.get(query.add("source", name.source).add("who", who_).text());
  if (answer.status == 404) return {};
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, "events");
  std::vector<store::LedgerEvent> events;
  deliveries_of_.clear();
  attempts_.clear();
  behind_.clear();
  for (const json::object* told : objects_at(answer.body, "events")) {
    view::EventStory story = view::event_story_of(*told);
    std::vector<store::LedgerRow>& rows = deliveries_of_[story.event.row];
    for (view::DeliveryStory& delivery : story.deliveries) {
      attempts_[delivery.row.id] = std::move(delivery.attempts);
      behind_[delivery.row.id] = delivery.behind;
      rows.push_back(std::move(delivery.row));
    }
    events.push_back(std::move(story.event));
  }
  return events;
}

std::vector<store::Pause> RemoteLedger::pauses() {
  return view::pauses_of(status());
}

std::optional<store::Pause> RemoteLedger::pause_of(const std::string& reporter, Millis /*now*/) {
  for (store::Pause& pause : pauses()) {
    if (pause.reporter == reporter) return std::move(pause);
  }
  return std::nullopt;
}

std::vector<store::OpenWork> RemoteLedger::open_work() {
  return view::status_of(status()).open;
}

std::vector<store::Ledger::Backlog> RemoteLedger::backlog() {
  return view::status_of(status()).backlog;
}

std::optional<std::pair<std::int64_t, std::int64_t>> RemoteLedger::numbers_of(const std::string& builder) {
  const ApiClient::Answer answer = api_.get("b/" + path_part(builder) + "?limit=1");
  if (answer.status == 404) return std::nullopt;
  if (answer.status >= 300) throw store::Error(answer.refusal());
  const json::array* numbers = array_at(answer.body, "numbers");
  if (numbers == nullptr || numbers->size() != 2 || !numbers->at(0).is_int64() || !numbers->at(1).is_int64())
    return std::nullopt;
  return std::pair(numbers->at(0).get_int64(), numbers->at(1).get_int64());
}

std::optional<json::value> RemoteLedger::remembered(const std::string& owner, const std::string& key) {
  // What sources remember of an event is among its notes, which the API tells.
  if (owner != server::server_owner || key != server::roster_key) return std::nullopt;
  std::vector<std::string> configured;
  std::vector<std::string> draining;
  std::vector<std::string> programs;
  const json::object told = read("reporters", "items");
  for (const json::object* one : objects_at(told, "items")) {
    const std::string name = text_at(*one, "name");
    (view::is_true_at(*one, "draining") ? draining : configured).push_back(name);
    if (view::is_true_at(*one, "tells_programs")) programs.push_back(name);
  }
  return json::object{{"configured", array_of(configured)},
                      {"draining", array_of(draining)},
                      {"programs", array_of(programs)}};
}

std::string RemoteLedger::change(RowId id, const char* verb) {
  attempts_.erase(id);
  const ApiClient::Answer answer = api_.post("deliveries/" + std::to_string(id) + "/" + verb, {});
  return answer.status >= 300 ? answer.refusal() : std::string();
}

ManyResent RemoteLedger::resend_many(const std::vector<RowId>& ids) {
  ManyResent done;
  for (std::size_t first = 0; first < ids.size(); first += most_of_a_page) {
    const auto count = std::min(most_of_a_page, ids.size() - first);
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    const ApiClient::Answer answer = api_.post(
        "deliveries/resend", {{"ids", json::array(begin, begin + static_cast<std::ptrdiff_t>(count))}});
    if (answer.status >= 300) throw store::Error(answer.refusal());
    done.changed += static_cast<std::size_t>(integer_at(answer.body, "changed").value_or(0));
    for (const json::object* one : objects_at(answer.body, "refused"))
      done.refused.emplace_back(integer_at(*one, "id").value_or(0), text_at(*one, "why"));
  }
  return done;
}

std::string RemoteLedger::resend(RowId id, Millis /*now*/, const std::string& /*by*/) {
  return change(id, "resend");
}

std::string RemoteLedger::drop(RowId id, Millis /*now*/, const std::string& /*by*/) {
  return change(id, "drop");
}

void RemoteLedger::hold(const store::Pause& pause) {
  const ApiClient::Answer answer = api_.post("reporters/" + path_part(pause.reporter) + "/pause",
                                             {{"until", dashboard::iso(pause.until)}, {"reason", pause.why}});
  if (answer.status >= 300) throw store::Error(answer.refusal());
}

std::vector<std::string> RemoteLedger::resume(const std::string& reporter, Millis /*now*/) {
  const ApiClient::Answer answer = api_.post("reporters/" + path_part(reporter) + "/go", {});
  if (answer.status == 409) return {};
  if (answer.status >= 300) throw store::Error(answer.refusal());
  return view::texts_at(answer.body, "resumed");
}

void RemoteLedger::together(const std::function<void()>& /*changes*/) {
  lacks("several changes as one");
}

std::vector<store::Deed> RemoteLedger::deeds(RowId /*before*/, std::size_t /*limit*/) {
  lacks("what people did");
}

store::DroppedWork RemoteLedger::drop_all_of(const std::string& /*reporter*/, Millis /*now*/) {
  refuse_over_server(
      "deliveries are dropped one by one: everything of a reporter is dropped where the database is");
}

RowId RemoteLedger::last_before(Millis /*heard*/) {
  lacks("events by time");
}

std::vector<store::LedgerEvent> RemoteLedger::events_between(RowId /*after*/, RowId /*last*/,
                                                             std::size_t /*limit*/) {
  lacks("events by time");
}

std::optional<RowId> RemoteLedger::later_state(const std::string& /*reporter*/, const std::string& /*status*/,
                                               std::int64_t /*rank*/) {
  lacks("a later state of a delivery");
}

store::ReplayedOrders RemoteLedger::order_again(const std::vector<store::ReplayedEvent>& /*events*/,
                                                std::int64_t /*replay*/) {
  lacks("reports of past builds");
}

std::size_t RemoteLedger::open_order_count() {
  lacks("reports of past builds");
}

std::optional<store::StoredDelivery> RemoteLedger::stored(RowId /*id*/) {
  lacks("what was sent");
}

std::int64_t RemoteLedger::version() {
  lacks("whether something was written");
}

RowId RemoteLedger::add_silence(const Silence& silence) {
  json::object body = subject_body(silence);
  body["summary"] = silence.summary;
  body["why"] = silence.why;
  body["until"] = silence.until;
  // Else now, by the server's clock.
  if (silence.from > silence.created) body["from"] = silence.from;
  const ApiClient::Answer answer = api_.post("silences", body);
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, "held_back");
  return integer_at(answer.body, "id").value_or(0);
}

std::string RemoteLedger::end_silence(RowId id, Millis /*now*/, const std::string& /*by*/) {
  const ApiClient::Answer answer = api_.remove("silences/" + std::to_string(id));
  return answer.status >= 300 ? answer.refusal() : std::string();
}

std::vector<store::KeptSilence> RemoteLedger::kept_silences() {
  std::vector<store::KeptSilence> kept;
  const json::object told = read("silences", "items");
  for (const json::object* one : objects_at(told, "items"))
    kept.push_back(view::silence_of(*one));
  return kept;
}

std::optional<store::KeptSilence> RemoteLedger::kept_silence(RowId id) {
  const ApiClient::Answer answer = api_.get("silences/" + std::to_string(id));
  if (answer.status == 404) return std::nullopt;
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, "held_back");
  return view::silence_of(answer.body);
}

view::Tried RemoteLedger::try_out(const Silence& silence) {
  const ApiClient::Answer answer = api_.post("silences/preview", subject_body(silence));
  if (answer.status >= 300) throw store::Error(answer.refusal());
  api_.require(answer, "held_back");
  return view::tried_of(answer.body);
}

std::vector<store::Decided> RemoteLedger::decided_since(Millis /*then*/, std::size_t /*most*/,
                                                        bool /*tags*/) {
  lacks("events by time");
}

}  // namespace carillon::cli
