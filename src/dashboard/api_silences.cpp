// Silences for programs: what `carillon silence` does.
#include <array>
#include <map>

#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"
#include "dashboard/api_post.hpp"
#include "dashboard/silences.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::array<std::string_view, 12> of_silence{"builder",  "branch", "tag",      "result",
                                                      "reporter", "target", "from",     "until",
                                                      "for",      "why",    "statuses", "summary"};

// Times may be Millis since the epoch, too. Failure (rejected): what is wrong.
Result<view::Given> given_in(const json::object& body) {
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& [name, value] : body) {
    const std::string key(name);
    if (value.is_null()) continue;
    if (value.is_string()) {
      values[key] = value.get_string();
    } else if (value.is_bool()) {
      values[key] = value.get_bool() ? "yes" : "";
    } else if (value.is_int64() && (key == "from" || key == "until")) {
      values[key] = iso(value.get_int64());
    } else {
      return rejected(key + ": must be a text, or true or false where that is asked for");
    }
  }
  return [values = std::move(values)](std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

web::Response failure_of(const Failure& failure) {
  return failure.kind == Failure::Kind::rejected ? json_error(400, failure.what) : api_failure(failure);
}

asio::awaitable<web::Response> tell_all(const World& world, Asked asked) {
  auto kept = co_await world.archive.ask([](store::Ledger& ledger) { return ledger.kept_silences(); });
  if (!kept) co_return failure_of(kept.error());
  const Millis now = world.clock.now();
  json::array items;
  for (const store::KeptSilence& one : *kept)
    items.push_back(view::to_json(one, now));
  co_return api_answer(world, asked, json::object{{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<web::Response> tell_one(const World& world, Asked asked) {
  const RowId id = id_of(asked);
  auto kept = co_await world.archive.ask([id](store::Ledger& ledger) { return ledger.kept_silence(id); });
  if (!kept) co_return failure_of(kept.error());
  if (!*kept) co_return json_error(404, "there is no silence '" + asked.part("id") + "'");
  co_return api_answer(world, asked, view::to_json(**kept, world.clock.now()));
}

asio::awaitable<web::Response> begin_for_program(const World& world, const Asked& asked,
                                                 const json::object& body) {
  auto given = given_in(body);
  if (!given) co_return failure_of(given.error());
  const Millis now = world.clock.now();
  auto silence = view::read_silence(*given, who_does(asked.caller), now, Zone::utc);
  if (!silence) co_return failure_of(silence.error());
  auto id = co_await begin_silence(world, asked.caller, *silence);
  if (!id) co_return failure_of(id.error());
  silence->id = *id;
  web::Response response = api_answer(world, asked, view::to_json(store::KeptSilence{*silence, {}}, now));
  response.status = 201;
  co_return response;
}

asio::awaitable<web::Response> end_for_program(const World& world, Asked asked) {
  const RowId id = id_of(asked);
  auto ended = co_await end_silence(world, id, asked.caller);
  if (!ended) co_return failure_of(ended.error());
  if (!ended->empty()) co_return json_error(ended->starts_with("there is no") ? 404 : 409, *ended);
  co_return co_await tell_one(world, std::move(asked));
}

asio::awaitable<web::Response> try_for_program(const World& world, const Asked& asked,
                                               const json::object& body) {
  auto given = given_in(body);
  if (!given) co_return failure_of(given.error());
  // Counts of what a pattern fits spell out an address, letter by letter.
  if (!(*given)("target").empty() && world.site.privacy(asked).masks())
    co_return json_error(403, no_search("target"));
  const Millis now = world.clock.now();
  auto silence = view::read_subject(*given, now);
  if (!silence) co_return failure_of(silence.error());
  const auto programs = programs_of(world);
  auto tried = co_await world.archive.ask(
      [&](store::Ledger& ledger) { return view::try_out(ledger, *silence, now, programs); });
  if (!tried) co_return failure_of(tried.error());
  co_return api_answer(world, asked, view::to_json(*tried));
}

}  // namespace

void add_api_silences(std::vector<Place>& places, const World& world) {
  using access::Role;
  places.push_back(
      api_get("silences", no_fields, [world](Asked asked) { return tell_all(world, std::move(asked)); }));
  places.push_back(api_post("silences", Role::operator_, of_silence, world,
                            std::make_shared<Repeats>("silences", world.memory),
                            [world](const Asked& asked, const json::object& body) {
                              return begin_for_program(world, asked, body);
                            }));
  places.push_back(api_post(
      "silences/preview", Role::viewer, of_silence, world, nullptr,
      [world](const Asked& asked, const json::object& body) { return try_for_program(world, asked, body); }));
  places.push_back(api_get("silences/{id}", no_fields,
                           [world](Asked asked) { return tell_one(world, std::move(asked)); }));
  places.push_back({"DELETE", "/api/v1/silences/{id}", Role::operator_,
                    [world](Asked asked) { return end_for_program(world, std::move(asked)); }, 0, true,
                    nullptr, no_fields});
}

}  // namespace carillon::dashboard
