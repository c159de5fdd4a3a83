#include "server/status.hpp"

#include "base/terminal.hpp"

namespace carillon::server {
namespace {

constexpr Millis source_patience = 60'000;
constexpr Millis waiting_patience = 3'600'000;

std::string age_text(Millis age) {
  const Millis minutes = age / 60'000;
  if (minutes < 120) return counted(static_cast<std::uint64_t>(minutes), "minute");
  const Millis hours = minutes / 60;
  return hours < 48 ? std::to_string(hours) + " hours" : std::to_string(hours / 24) + " days";
}

std::vector<std::string> texts_at(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::array* list = array_at(object, key)) {
    for (const json::value& item : *list) {
      if (item.is_string()) texts.emplace_back(item.get_string());
    }
  }
  return texts;
}

}  // namespace

std::vector<std::string> needs_a_person(const Status& status, Millis now) {
  std::vector<std::string> needs;
  if (!status.running) needs.emplace_back("no server is running: `carillon run` starts one");
  if (!status.no_answer.empty()) needs.push_back(status.no_answer);
  if (status.server) {
    for (const std::string& wrong : status.server->wrong)
      needs.push_back("the server is not ready: " + wrong);
    for (const SourceManager::Observed& source : status.server->sources) {
      if (!source.link || source.link->up || now - source.link->since < source_patience) continue;
      needs.push_back("the source " + source.name + " is not connected for " +
                      age_text(now - source.link->since) +
                      (source.link->trouble.empty() ? "" : ": " + source.link->trouble));
    }
  }
  for (const store::Ledger::Backlog& one : status.backlog) {
    if (one.dead > 0) {
      needs.push_back(counted(one.dead, "report") + " of " + one.reporter + (one.dead == 1 ? " is" : " are") +
                      " dead: `carillon deliveries --state dead --reporter " + one.reporter +
                      "`, then `resend` or `drop`");
    }
    if (one.waiting > 0 && now - one.oldest > waiting_patience) {
      needs.push_back(counted(one.waiting, "report") + " of " + one.reporter +
                      (one.waiting == 1 ? " waits" : " wait") + ", the oldest for " +
                      age_text(now - one.oldest) + (one.answer.empty() ? "" : ": " + one.answer));
    }
  }
  for (const std::string& reporter : status.missing) {
    needs.push_back(reporter +
                    " has reports and is not configured: put it back, or `carillon drop --reporter " +
                    reporter + "`");
  }
  return needs;
}

json::object to_json(const ServerStatus& server) {
  json::object out;
  out["started"] = server.started;
  out["version"] = server.version;
  out["wrong"] = json::value_from(server.wrong);
  json::array sources;
  for (const SourceManager::Observed& source : server.sources) {
    json::object one;
    one["name"] = source.name;
    one["url"] = source.url;
    one["connected"] = source.link ? json::value(source.link->up) : json::value(nullptr);
    if (source.link) {
      one["since"] = source.link->since;
      one["trouble"] = source.link->trouble;
      one["next"] = source.link->next;
    }
    sources.push_back(std::move(one));
  }
  out["sources"] = std::move(sources);
  return out;
}

ServerStatus server_status_of(const json::object& told) {
  ServerStatus server;
  server.started = integer_at(told, "started").value_or(0);
  server.version = text_at(told, "version");
  server.wrong = texts_at(told, "wrong");
  const json::array* sources = array_at(told, "sources");
  for (std::size_t i = 0; sources != nullptr && i < sources->size(); ++i) {
    const json::object* one = sources->at(i).if_object();
    if (one == nullptr) continue;
    SourceManager::Observed source{text_at(*one, "name"), text_at(*one, "url"), std::nullopt};
    const json::value* connected = one->if_contains("connected");
    if (connected != nullptr && connected->is_bool()) {
      source.link = source::LinkState{connected->get_bool(), integer_at(*one, "since").value_or(0),
                                      text_at(*one, "trouble"), integer_at(*one, "next").value_or(0)};
    }
    server.sources.push_back(std::move(source));
  }
  return server;
}

}  // namespace carillon::server
