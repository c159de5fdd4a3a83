#include "reporter/mail/mail_writer.hpp"

#include "base/encoding.hpp"
#include "reporter/mail/envelope.hpp"
#include "reporter/subject.hpp"

namespace carillon::reporter::mail {
namespace {

bool wants(const settings::ObjectPtr& formatter, std::string_view what) {
  return formatter != nullptr && formatter->attribute(what) == json::value(true);
}

// What templates do not ask for does not go to Python: attached logs can be large.
json::object without_logs(const json::object& build, bool steps, bool logs) {
  json::object out;
  for (const auto& member : build) {
    if (member.key() != "steps") out.insert(member);
  }
  const json::array* all = array_at(build, "steps");
  if (!steps || all == nullptr) return out;
  json::array kept;
  for (const json::value& step : *all) {
    json::value copy = step;
    if (!logs && copy.is_object()) copy.get_object().erase("logs");
    kept.push_back(std::move(copy));
  }
  out["steps"] = std::move(kept);
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string as_html(const std::string& plain) {
  return "<pre>" + escape_html(plain) + "</pre>\n";
}

std::string result_word(const json::object& object) {
  const auto number = integer_at(object, "results");
  const auto results = number ? results_from(*number) : std::nullopt;
  return results ? std::string(name(*results)) : "unknown";
}

std::string to_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += separator;
    out += text;
  }
  return out;
}

}  // namespace

void Writer::note(const std::string& text) {
  if (!text.empty()) notes_.push_back(fold_to_line(valid_utf8(text)));
}

asio::awaitable<std::vector<std::string>> Writer::users_of(const json::object& build) {
  if (settings_.users_override != nullptr) {
    json::array args;
    args.emplace_back(nullptr);
    args.emplace_back(integer_at(build, "buildid").value_or(0));
    const auto answer = co_await settings_.users_override->call("getResponsibleUsersForBuild",
                                                                std::move(args), order_.master);
    if (answer && answer->is_array()) {
      std::vector<std::string> users;
      for (const json::value& one : answer->get_array()) {
        if (one.is_string()) users.emplace_back(one.get_string());
      }
      co_return users;
    }
    note("getResponsibleUsersForBuild: " + (answer ? "did not return a list" : answer.error().what));
  }
  co_return responsible_users(build);
}

void Writer::append(const message::Message& message) {
  // Where a template failed and its neighbours did not, plain text stands among HTML.
  std::string body = message.body;
  if (worded_ && message.markup != letter_.markup) {
    if (message.markup == message::Markup::plain) {
      body = as_html(body);
    } else {
      letter_.body = as_html(letter_.body);
    }
    letter_.markup = message::Markup::html;
  } else {
    letter_.markup = message.markup;
  }
  worded_ = true;
  letter_.body += body;
  if (message.subject) letter_.subject = *message.subject;
  note(message.note);
}

asio::awaitable<void> Writer::add_build(const json::object& build, std::string_view name) {
  const auto users = co_await users_of(build);
  users_.insert(users.begin(), users.end());
  const auto& formatter = settings_.formatter;
  const bool logs = wants(formatter, "wantLogs");
  const bool steps = logs || wants(formatter, "wantSteps");
  const json::array* there = array_at(build, "steps");
  const bool shorter = there != nullptr && !there->empty() && !logs;
  json::object context =
      shorter ? message::build_context(env_.site, settings_.modes, name, without_logs(build, steps, logs))
              : message::build_context(env_.site, settings_.modes, name, build);
  context["blamelist"] = json::value_from(users);
  const auto worded = co_await message::format_build(formatter, std::move(context), order_.master);
  append(worded);
}

void Writer::finish_body() {
  if (!letter_.body.ends_with("\n\n")) letter_.body += "\n\n";
}

Task<std::vector<Address>> Writer::interested_addresses() {
  std::vector<Address> out;
  if (!settings_.to_interested_users) co_return out;
  std::optional<Failure> failure;
  for (const std::string& user : users_) {
    std::string text = user;
    if (settings_.lookup != nullptr) {
      json::array args;
      args.emplace_back(user);
      const auto answer = co_await settings_.lookup->call("getAddress", std::move(args), order_.master);
      if (!answer) {
        failure = answer.error();
        note("lookup of " + user + ": " + answer.error().what);
        continue;
      }
      if (!answer->is_string()) continue;  // the lookup does not know the user
      text = std::string(answer->get_string());
    } else if (!settings_.lookup_domain.empty()) {
      text = in_domain(user, settings_.lookup_domain);
    }
    if (auto address = parse_user(text)) {
      out.push_back(std::move(*address));
    } else {
      env_.log.debug("mail", "no e-mail address is known of user " + user);
      note("no e-mail address of " + ellipsize(user, 100));
    }
  }
  if (failure && out.empty() && settings_.extra_recipients.empty()) {
    co_return unreachable("no recipient is known, lookup: " + failure->what);
  }
  co_return out;
}

asio::awaitable<std::string> Writer::rendered(const settings::Value& value, const json::object* build,
                                              bool& usable) {
  usable = true;
  const auto* object = value.as<settings::ObjectPtr>();
  if (object == nullptr) co_return to_text(settings::to_json(value));
  usable = false;
  if (build == nullptr) {
    note("header left out: a renderable needs the mail to be about exactly one build");
    co_return std::string();
  }
  json::array args;
  args.emplace_back(without_logs(*build, false, false));
  const auto answer = co_await (*object)->call("render", std::move(args), order_.master);
  if (!answer) {
    note("header left out: " + answer.error().what);
  } else if (answer->is_null()) {
    note("header left out: it was rendered to None");
  } else {
    usable = true;
    co_return to_text(*answer);
  }
  co_return std::string();
}

asio::awaitable<void> Writer::add_extra_headers(const json::object* build) {
  const settings::Dict& headers = settings_.extra_headers;
  for (std::size_t i = 0; i < headers.keys.size(); ++i) {
    bool usable = true;
    std::string field = co_await rendered(headers.keys[i], build, usable);
    if (!usable) continue;
    std::string text = co_await rendered(headers.values[i], build, usable);
    if (usable) letter_.extra.emplace_back(std::move(field), std::move(text));
  }
}

void Writer::attach() {
  const bool several = order_.kind == EventKind::buildset_complete;
  if (settings_.add_patch) {
    bool complete = true;
    for (const json::object& build : order_.builds)
      complete &= add_patches(letter_.attachments, build);
    if (!complete) note("a patch is not attached: the master's API does not give its text");
  }
  if (settings_.add_logs.any()) {
    for (const json::object& build : order_.builds) {
      add_logs(letter_.attachments, build, settings_.add_logs, order_.logs, several);
    }
  }
  const auto cut = limit_sizes(letter_.attachments, settings_.max_log_size);
  if (!cut.empty()) note("attachments cut to fit: " + joined(cut, ", "));
}

std::string Writer::fallback_subject(std::string_view name) const {
  const bool set = order_.kind == EventKind::buildset_complete && integer_at(order_.buildset, "results");
  const std::string result = result_word(set ? order_.buildset : order_.builds.back());
  return fill_subject(settings_.subject, {{"builder", std::string(name)},
                                          {"result", result},
                                          {"title", env_.site.title},
                                          {"projectName", env_.site.title}});
}

Task<std::vector<Delivery>> Writer::builds() {
  if (order_.builds.empty()) co_return std::vector<Delivery>{};
  const json::object& first = order_.builds.front();
  const BuildFacts facts = facts_of(first);
  const bool set = order_.kind == EventKind::buildset_complete;
  const std::string name = set ? "whole buildset" : facts.builder;
  letter_.subject = fallback_subject(name);
  for (const json::object& build : order_.builds)
    co_await add_build(build, facts_of(build).builder);
  finish_body();
  auto interested = co_await interested_addresses();
  if (!interested) co_return tl::unexpected(interested.error());
  const Recipients recipients = choose_recipients(std::move(*interested), settings_.extra_recipients);
  if (recipients.empty()) co_return std::vector<Delivery>{};
  const json::object* only = order_.builds.size() == 1 ? &first : nullptr;
  co_await add_extra_headers(only);
  attach();
  std::string summary =
      "mail: build #" + std::to_string(facts.number) + " of " + facts.builder + ": " + result_word(first);
  if (set) {
    const auto bsid = integer_at(order_.buildset, "bsid");
    summary = "mail: buildset " + (bsid ? std::to_string(*bsid) : "?") + " (" +
              std::to_string(order_.builds.size()) + " builds): " + result_word(order_.buildset);
  }
  co_return deliver(recipients, order_.master + "/" + name + "/" + facts.branch, std::move(summary));
}

Task<std::vector<Delivery>> Writer::worker() {
  std::vector<Address> notify;
  if (const json::array* list = array_at(order_.worker, "notify")) {
    for (const json::value& one : *list) {
      auto address = one.is_string() ? parse_address(one.get_string()) : std::nullopt;
      if (address) {
        notify.push_back(std::move(*address));
      } else {
        note("notify: not an e-mail address: " + ellipsize(to_text(one), 100));
      }
    }
  }
  const Recipients recipients = choose_recipients(std::move(notify), {});
  if (recipients.empty()) co_return std::vector<Delivery>{};
  const std::string name(string_at(order_.worker, "name").value_or("?"));
  letter_.subject = "Buildbot worker " + name + " missing";
  json::object context = message::worker_context(env_.site, order_.worker);
  const auto worded =
      co_await message::format_worker(settings_.worker_formatter, std::move(context), order_.master);
  append(worded);
  finish_body();
  co_await add_extra_headers(nullptr);
  co_return deliver(recipients, order_.master + "/worker " + name, "mail: worker " + name + " is missing");
}

std::vector<Delivery> Writer::deliver(const Recipients& recipients, const std::string& thread,
                                      std::string summary) {
  Delivery delivery;
  delivery.key = "mail:" + order_.event_id;
  delivery.lane = fold_to_line(valid_utf8(thread));
  delivery.summary = fold_to_line(valid_utf8(summary));
  const auto addresses = recipients.addresses();
  delivery.target = joined(addresses, ", ");
  letter_.from = settings_.from;
  letter_.to = recipients.to;
  letter_.cc = recipients.cc;
  letter_.date = env_.clock.now();
  letter_.message_id = stable_id(delivery.key + "\n" + settings_.identity, settings_.from);
  letter_.references = {stable_id("thread:" + thread, settings_.from)};
  Composed composed = compose(letter_);
  for (const std::string& one : composed.notes)
    note(one);
  for (const std::string& one : order_.notes)
    note(one);
  delivery.note = joined(notes_, "; ");
  delivery.payload = to_payload(settings_.from.address, addresses, composed.text);
  delivery.files = std::move(composed.files);
  for (PayloadFile& file : delivery.files)
    file.at += delivery.payload.size() - composed.text.size();
  std::vector<Delivery> out;
  out.push_back(std::move(delivery));
  return out;
}

}  // namespace carillon::reporter::mail
