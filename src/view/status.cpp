#include "view/status.hpp"

#include <algorithm>

#include "base/terminal.hpp"
#include "view/node.hpp"
#include "view/read.hpp"

namespace carillon::view {
namespace {

constexpr Millis source_patience = 60'000;
constexpr Millis silence_patience = 300'000;
constexpr Millis waiting_patience = 3'600'000;

std::string age_text(Millis age) {
  if (age < 60'000) return counted(static_cast<std::uint64_t>(std::max<Millis>(age, 0) / 1000), "second");
  const Millis minutes = age / 60'000;
  if (minutes < 120) return counted(static_cast<std::uint64_t>(minutes), "minute");
  const Millis hours = minutes / 60;
  return hours < 48 ? std::to_string(hours) + " hours" : std::to_string(hours / 24) + " days";
}

std::string behind_colon(const std::string& text) {
  return text.empty() ? text : ": " + text;
}

std::string no_answer_text(const NoAnswer& silent, Millis now) {
  return silent.reporter + " has delivered nothing for " + age_text(now - silent.since) +
         behind_colon(silent.answer);
}

void add_server_needs(const Status& status, Millis now, std::vector<Need>& needs) {
  using enum Need::About;
  if (!status.running) needs.push_back({server, "", "no server is running", "`carillon run` starts one"});
  if (!status.no_answer.empty()) needs.push_back({server, "", status.no_answer, ""});
  if (!status.server) return;
  for (const std::string& wrong : status.server->wrong)
    needs.push_back({server, "", "the server is not ready: " + wrong, ""});
  for (const store::Node& node : status.server->nodes) {
    const bool lives = std::ranges::any_of(status.server->nodes, [&](const store::Node& other) {
      return other.name == node.name && other.silent <= other.lease.count();
    });
    if (lives || node.silent < silence_patience) continue;
    needs.push_back({server, "",
                     "the node " + node.name + " has not been heard of for " + age_text(node.silent),
                     "start it there, or wait for a day: then it is forgotten"});
  }
  for (const source::Observed& one : status.server->sources) {
    if (!one.link || one.link->up || now - one.link->since < source_patience) continue;
    needs.push_back({source, one.name,
                     "the source " + one.name + " is not connected for " + age_text(now - one.link->since) +
                         behind_colon(one.link->trouble),
                     ""});
  }
}

void add_needs_of(const store::Ledger::Backlog& one, const NoAnswer* silent, Millis now,
                  std::vector<Need>& needs) {
  using enum Need::About;
  if (one.dead > 0) {
    needs.push_back(
        {dead, one.reporter,
         counted(one.dead, "report") + " of " + one.reporter + (one.dead == 1 ? " is" : " are") + " dead",
         "`carillon deliveries --state dead --reporter " + one.reporter + "`, then `resend` or `drop`"});
  }
  if (one.waiting == 0) return;
  if (silent != nullptr && now - silent->since >= silence_patience) {
    needs.push_back({waiting, one.reporter,
                     no_answer_text(*silent, now) + "; " + counted(one.waiting, "report") +
                         (one.waiting == 1 ? " waits" : " wait"),
                     ""});
  } else if (now - one.oldest > waiting_patience) {
    needs.push_back({waiting, one.reporter,
                     counted(one.waiting, "report") + " of " + one.reporter +
                         (one.waiting == 1 ? " waits" : " wait") + ", the oldest for " +
                         age_text(now - one.oldest) +
                         behind_colon(one.answer.empty() && silent != nullptr ? silent->answer : one.answer),
                     ""});
  }
}

}  // namespace

void add_work(Status& status, store::Ledger& ledger, Millis now,
              const std::function<bool(const std::string& reporter)>& is_missing,
              const std::optional<std::vector<store::Ledger::Queue>>& queues) {
  status.backlog = queues ? ledger.backlog_of(*queues) : ledger.backlog();
  status.open = queues ? ledger.open_work_of(*queues) : ledger.open_work();
  for (store::Pause& pause : ledger.pauses()) {
    if (pause.until > now) status.pauses.push_back(std::move(pause));
  }
  for (const store::OpenWork& work : status.open) {
    if (is_missing(work.reporter)) status.missing.push_back(work.reporter);
  }
}

const NoAnswer* no_answer_of(const std::optional<ServerStatus>& server, const std::string& reporter) {
  if (!server) return nullptr;
  for (const NoAnswer& silent : server->silent) {
    if (silent.reporter == reporter) return &silent;
  }
  return nullptr;
}

std::vector<Need> needs_of(const Status& status, Millis now) {
  std::vector<Need> needs;
  add_server_needs(status, now, needs);
  for (const store::Ledger::Backlog& one : status.backlog)
    add_needs_of(one, no_answer_of(status.server, one.reporter), now, needs);
  for (const std::string& reporter : status.missing) {
    needs.push_back({Need::About::missing, reporter, reporter + " has reports and is not configured",
                     "put it back, or `carillon drop --reporter " + reporter + "`"});
  }
  return needs;
}

std::vector<std::string> needs_a_person(const Status& status, Millis now) {
  std::vector<std::string> texts;
  for (const Need& need : needs_of(status, now))
    texts.push_back(need.what + behind_colon(need.command));
  return texts;
}

std::vector<std::string> notes_of(const Status& status, Millis now) {
  std::vector<std::string> notes;
  if (!status.server) return notes;
  for (const NoAnswer& silent : status.server->silent) {
    if (now - silent.since < silence_patience) notes.push_back(no_answer_text(silent, now));
  }
  return notes;
}

json::object to_json(const ServerStatus& server) {
  json::object out;
  out["started"] = server.started;
  out["version"] = server.version;
  out["wrong"] = json::value_from(server.wrong);
  json::array sources;
  for (const source::Observed& source : server.sources) {
    json::object one;
    one["name"] = source.name;
    one["url"] = source.url;
    one["connected"] = source.link ? json::value(source.link->up) : json::value(nullptr);
    if (source.link) {
      one["since"] = source.link->since;
      one["trouble"] = source.link->trouble;
      one["next"] = source.link->next;
      one["unseen"] = json::value_from(source.link->unseen);
    }
    one["heard"] = source.heard_at ? json::value(*source.heard_at) : json::value(nullptr);
    one["refused"] = nullptr;
    if (const auto& refused = source.refused)
      one["refused"] = json::object{{"at", refused->at}, {"status", refused->status}, {"why", refused->why}};
    sources.push_back(std::move(one));
  }
  out["sources"] = std::move(sources);
  json::array silent;
  for (const NoAnswer& one : server.silent)
    silent.push_back(json::object{{"reporter", one.reporter}, {"since", one.since}, {"answer", one.answer}});
  out["no_answer"] = std::move(silent);
  json::array nodes;
  for (const store::Node& node : server.nodes)
    nodes.emplace_back(to_json(node));
  out["nodes"] = std::move(nodes);
  return out;
}

json::object to_json(const Status& status, const std::vector<std::string>& needs) {
  json::object out;
  out["running"] = status.running;
  out["server"] = status.server ? json::value(to_json(*status.server)) : json::value(nullptr);
  json::array reporters;
  for (const store::Ledger::Backlog& one : status.backlog) {
    reporters.push_back(
        json::object{{"reporter", one.reporter},
                     {"waiting", one.waiting},
                     {"dead", one.dead},
                     {"oldest", one.oldest > 0 ? json::value(one.oldest) : json::value(nullptr)},
                     {"answer", one.answer}});
  }
  out["reporters"] = std::move(reporters);
  json::array open;
  for (const store::OpenWork& work : status.open) {
    if (work.notifications > 0)
      open.push_back(json::object{{"reporter", work.reporter}, {"reports", work.notifications}});
  }
  out["not_worded_yet"] = std::move(open);
  json::array pauses;
  for (const store::Pause& pause : status.pauses)
    pauses.push_back(json::object{{"reporter", pause.reporter},
                                  {"until", pause.until},
                                  {"why", pause.why},
                                  {"by", pause.by.empty() ? json::value(nullptr) : json::value(pause.by)}});
  out["pauses"] = std::move(pauses);
  out["needs_a_person"] = json::value_from(needs);
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
    source::Observed source;
    source.name = text_at(*one, "name");
    source.url = text_at(*one, "url");
    source.heard_at = integer_at(*one, "heard");
    if (const json::object* refused = object_at(*one, "refused")) {
      source.refused = source::Refused{integer_at(*refused, "at").value_or(0),
                                       integer_at(*refused, "status").value_or(0), text_at(*refused, "why")};
    }
    const json::value* connected = one->if_contains("connected");
    if (connected != nullptr && connected->is_bool()) {
      source.link = source::LinkState{connected->get_bool(), integer_at(*one, "since").value_or(0),
                                      text_at(*one, "trouble"), integer_at(*one, "next").value_or(0),
                                      texts_at(*one, "unseen")};
    }
    server.sources.push_back(std::move(source));
  }
  for (const json::object* one : objects_at(told, "no_answer"))
    server.silent.push_back(
        {text_at(*one, "reporter"), integer_at(*one, "since").value_or(0), text_at(*one, "answer")});
  for (const json::object* one : objects_at(told, "nodes"))
    server.nodes.push_back(node_of(*one));
  return server;
}

}  // namespace carillon::view
