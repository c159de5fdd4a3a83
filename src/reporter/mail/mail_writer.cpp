#include "reporter/mail/mail_writer.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "reporter/common/commit.hpp"
#include "reporter/common/renderable.hpp"
#include "reporter/common/wanted_details.hpp"
#include "reporter/mail/envelope.hpp"
#include "reporter/mail/own_methods.hpp"

namespace carillon::reporter::mail {
namespace {

// Headers do not look into steps: attached logs can be large.
constexpr Asked asked_by_headers = {.properties = true, .previous = true, .changes = true};

// What a builder's mails of one thread have in common: the change or pull request, else the branch.
std::string topic_of(const json::object& build, const BuildFacts& facts) {
  const std::string change = text_property(build, "event.change.id");
  if (!change.empty()) return "change " + change;
  const std::string url = text_property(build, "pullrequesturl");
  if (!url.empty()) return "pull request " + url;
  const auto commits = commits_of(build);
  const std::string repository = commits.empty() ? "" : commits.front().repository;
  const auto number = pull_request_of(facts.branch);
  return number ? "pull request " + repository + " " + std::to_string(*number)
                : repository + " " + facts.branch;
}

std::string to_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

void Writer::note(const std::string& text) {
  if (!text.empty()) notes_.push_back(fold_to_line(valid_utf8(text)));
}

void Writer::note_missing(const std::string& text) {
  note(text);
  missing_.push_back(notes_.back());
}

std::vector<Delivery> Writer::nobody(std::string summary) const {
  if (missing_.empty() && order_.plain) return {};  // with the configuration's code there may be somebody
  Delivery delivery;
  delivery.key = "mail:" + order_.event_id;
  delivery.lane = delivery.key;
  delivery.target = "nobody";
  delivery.summary = fold_to_line(valid_utf8(summary));
  std::string why = joined(missing_, "; ");
  if (why.empty() && order_.builds.empty()) why = "the worker has no notify list";
  if (why.empty()) {
    why = settings_.to_interested_users
              ? "there are no extraRecipients, and nobody is interested: no author, no owner"
              : "sendToInterestedUsers is off, and there are no extraRecipients";
  }
  delivery.note = fold_to_line(valid_utf8("nobody to tell: " + why));
  delivery.skip = true;
  return {std::move(delivery)};
}

void Writer::add_user(std::vector<std::string>& users, const json::value& one) {
  if (one.is_string()) {
    users.emplace_back(one.get_string());
  } else {
    note_missing("getResponsibleUsersForBuild gave something that is not a text: " +
                 ellipsize(json::serialize(one), 100));
  }
}

asio::awaitable<std::vector<std::string>> Writer::users_of(const json::object& build) {
  if (settings_.users_override != nullptr && !order_.plain) {
    json::array args;
    args.emplace_back(settings::Object::master_argument());
    args.emplace_back(BuildView(build).buildid().value_or(0));
    const auto answer = co_await settings_.users_override->call("getResponsibleUsersForBuild",
                                                                std::move(args), order_.source);
    if (answer && answer->is_array()) {
      std::vector<std::string> users;
      for (const json::value& one : answer->get_array())
        add_user(users, one);
      co_return users;
    }
    note_missing("getResponsibleUsersForBuild: " + (answer ? "did not return a list" : answer.error().what));
  }
  co_return responsible_users(build);
}

void Writer::append(const message::Message& message, bool own) {
  text_.add(message, own);
  if (message.subject) letter_.subject = *message.subject;
  note(message.note);
}

const json::array* Writer::reported_users() const {
  return order_.report ? array_at(*order_.report, "users") : nullptr;
}

asio::awaitable<void> Writer::add_build(const json::object& build) {
  if (const json::array* reported = reported_users()) {
    std::vector<std::string> users;
    for (const json::value& one : *reported)
      add_user(users, one);
    users_.insert(users.begin(), users.end());
    co_return;
  }
  const auto users = co_await users_of(build);
  users_.insert(users.begin(), users.end());
  if (order_.report) co_return;  // it words all builds
  const auto& formatter = settings_.notice.formatter;
  json::object context = asked_context(env_.site, settings_.notice.modes, build, formatter);
  context["blamelist"] = json::value_from(users);
  const settings::ObjectPtr used = usable(formatter, order_);
  const auto worded = co_await message::format_build(used, std::move(context), order_.source);
  append(worded, is_own_text(used, worded));
}

void Writer::finish_body() {
  letter_.body = std::move(text_.text);
  letter_.markup = text_.markup;
  if (!letter_.body.ends_with("\n\n")) letter_.body += "\n\n";
}

Task<std::vector<Address>> Writer::interested_addresses() {
  std::vector<Address> out;
  if (!settings_.to_interested_users) co_return out;
  std::optional<Failure> failure;
  for (const std::string& user : users_) {
    std::string text = user;
    if (settings_.lookup != nullptr && !order_.plain) {
      json::array args;
      args.emplace_back(user);
      const auto answer = co_await settings_.lookup->call("getAddress", std::move(args), order_.source);
      if (!answer) {
        failure = answer.error();
        note_missing("lookup of " + user + ": " + answer.error().what);
        continue;
      }
      if (answer->is_null()) {
        missing_.push_back("the lookup knows no address of " + ellipsize(user, 100));
        continue;
      }
      if (!answer->is_string()) {
        note_missing("lookup of " + ellipsize(user, 100) + " gave no text but " +
                     ellipsize(json::serialize(*answer), 100));
        continue;
      }
      text = std::string(answer->get_string());
    } else if (!settings_.lookup_domain.empty()) {
      text = in_domain(user, settings_.lookup_domain);
    }
    if (auto address = parse_user(text)) {
      out.push_back(std::move(*address));
    } else {
      env_.log.debug("mail", "no e-mail address is known of user " + user);
      const bool odd = text.find('@') != std::string::npos;
      note_missing((odd ? "not one e-mail address: " : "no e-mail address of ") +
                   ellipsize(odd ? text : user, 100));
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
  if (order_.plain) {
    note("header left out: it is worded without Python");
    co_return std::string();
  }
  if (build == nullptr) {
    note("header left out: a renderable needs the mail to be about exactly one build");
    co_return std::string();
  }
  json::array args;
  args.emplace_back(asked_part(*build, asked_by_headers));
  const auto answer = co_await (*object)->call("render", std::move(args), order_.source);
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
    std::vector<const json::object*> builds;
    for (const json::object& build : order_.builds)
      builds.push_back(&build);
    const auto missing = missing_logs(settings_.add_logs, builds);
    if (!missing.empty()) note("no log is named " + joined(missing, ", "));
  }
  const auto cut = limit_sizes(letter_.attachments, settings_.max_log_size);
  if (!cut.empty()) note("attachments cut to fit: " + joined(cut, ", "));
}

Task<std::vector<Delivery>> Writer::builds() {
  if (order_.builds.empty()) co_return std::vector<Delivery>{};
  const json::object& first = order_.builds.front();
  const BuildFacts facts = facts_of(first);
  const bool set = order_.kind == EventKind::buildset_complete;
  const std::string name = set ? "whole buildset" : facts.builder;
  letter_.subject = report_subject(settings_.notice.subject, name, order_, env_.site);
  for (const json::object& build : order_.builds)
    co_await add_build(build);
  if (order_.report) {
    if (const auto message = message::read_message(*order_.report)) append(*message);
  }
  finish_body();
  auto interested = co_await interested_addresses();
  if (!interested) co_return tl::unexpected(interested.error());
  const Recipients recipients = choose_recipients(*interested, settings_.extra_recipients);
  std::string summary = "mail: " + report_summary(order_);
  const bool chosen_by_class =
      settings_.own_mail != nullptr && settings_.own_mail->overrides("processRecipients") && !order_.plain;
  if (recipients.empty() && !chosen_by_class) co_return nobody(std::move(summary));
  const json::object* only = order_.builds.size() == 1 ? &first : nullptr;
  co_await add_extra_headers(only);
  attach();
  const std::string lane = order_.source + "/" + name + "/";
  co_return co_await deliver(recipients, *interested,
                             {name, lane + facts.branch, lane + topic_of(first, facts), std::move(summary)});
}

Task<std::vector<Delivery>> Writer::worker() {
  std::vector<Address> notify;
  if (const json::array* list = array_at(order_.worker, "notify")) {
    for (const json::value& one : *list) {
      auto address = one.is_string() ? parse_address(one.get_string()) : std::nullopt;
      if (address) {
        notify.push_back(std::move(*address));
      } else {
        note_missing("notify: not an e-mail address: " + ellipsize(to_text(one), 100));
      }
    }
  }
  const Recipients recipients = choose_recipients(notify, {});
  const std::string name(string_at(order_.worker, "name").value_or("?"));
  if (recipients.empty()) co_return nobody("mail: worker " + name + " is missing");
  letter_.subject = "Buildbot worker " + name + " missing";
  json::object context = message::worker_context(env_.site, order_.worker);
  const auto worded = co_await message::format_worker(usable(settings_.notice.worker_formatter, order_),
                                                      std::move(context), order_.source);
  append(worded);
  finish_body();
  co_await add_extra_headers(nullptr);
  const std::string lane = order_.source + "/worker " + name;
  co_return co_await deliver(recipients, notify, {"", lane, lane, "mail: worker " + name + " is missing"});
}

asio::awaitable<void> Writer::rewrite(Composed& composed, std::vector<std::string>& addresses,
                                      const std::vector<Address>& interested, const std::string& name) {
  auto made = co_await rewritten(settings_.own_mail, {.letter = letter_,
                                                      .composed = composed,
                                                      .recipients = addresses,
                                                      .interested = interested,
                                                      .name = name,
                                                      .title = env_.site.title,
                                                      .details = order_});
  if (!made) {
    note("a method of " + settings_.own_mail->where() +
         " failed, so the mail is sent as it was: " + made.error().what);
    co_return;
  }
  std::vector<Address> told;
  for (const std::string& one : made->recipients) {
    if (auto address = parse_address(one)) {
      told.push_back(std::move(*address));
    } else {
      note_missing("processRecipients gave something that is not an e-mail address: " + ellipsize(one, 100));
    }
  }
  addresses = choose_recipients(std::move(told), {}).addresses();
  if (addresses.empty())
    missing_.emplace_back("processRecipients of " + settings_.own_mail->where() + " names nobody");
  made->mail.notes = std::move(composed.notes);
  composed = std::move(made->mail);
}

asio::awaitable<std::vector<Delivery>> Writer::deliver(const Recipients& recipients,
                                                       const std::vector<Address>& interested, Place place) {
  Delivery delivery;
  delivery.key = "mail:" + order_.event_id;
  delivery.lane = fold_to_line(valid_utf8(place.lane));
  delivery.summary = fold_to_line(valid_utf8(place.summary));
  letter_.from = settings_.from;
  letter_.to = recipients.to;
  letter_.cc = recipients.cc;
  letter_.date = env_.clock.now();
  letter_.message_id = stable_id(delivery.key + "\n" + settings_.identity, settings_.from);
  if (settings_.threading) letter_.references = {stable_id("thread:" + place.thread, settings_.from)};
  letter_.list = list_of(env_.site.title, settings_.from);
  Composed composed = compose(letter_);
  auto addresses = recipients.addresses();
  if (settings_.own_mail != nullptr && !order_.plain)
    co_await rewrite(composed, addresses, interested, place.name);
  if (addresses.empty()) co_return nobody(std::move(place.summary));
  delivery.target = joined(addresses, ", ");
  for (const std::string& one : composed.notes)
    note(one);
  for (const std::string& one : order_.notes)
    note(one);
  delivery.note = joined(notes_, "; ");
  delivery.payload = to_payload(settings_.from.address, addresses, composed.text, composed.texts);
  delivery.files = std::move(composed.files);
  for (PayloadFile& file : delivery.files)
    file.at += delivery.payload.size() - composed.text.size();
  std::vector<Delivery> out;
  out.push_back(std::move(delivery));
  co_return out;
}

}  // namespace carillon::reporter::mail
