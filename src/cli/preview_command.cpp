#include "cli/preview_command.hpp"

#include <iostream>

#include "cli/chosen_build.hpp"
#include "cli/mail_file.hpp"
#include "cli/shown_text.hpp"
#include "model/build.hpp"
#include "pipeline/decider.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using reporter::Shown;

struct Preview {
  ChosenBuild build;
  Decision decision;
  std::vector<std::string> notes;  // what could not be fetched
  std::vector<Delivery> deliveries;
  std::vector<Shown> shown;        // of each; of one that is skipped it is empty
  std::vector<std::string> files;  // of the mails, where they are to be opened
};

Decision decide(OfflineRuntime& runtime, const pipeline::RosterEntry& entry, const Event& event) {
  pipeline::Roster roster;
  roster.entries.push_back(entry);
  pipeline::Decider decider(runtime.store(), runtime.find_source());
  const EventKind kind = kind_of(event.key);
  const BuildFacts facts = is_build(kind) || is_request(kind) ? facts_of(event.body) : BuildFacts();
  auto decisions = runtime.run(decider.decide(roster, event, kind, facts));
  if (!decisions) throw settings::ConfigError(runtime.redacted(decisions.error().what));
  return decisions->front().decision;
}

Preview make_preview(OfflineRuntime& runtime, const PreviewOptions& options) {
  const pipeline::RosterEntry& entry = runtime.reporter(options.reporter);
  Preview made;
  made.build = choose_build(runtime, options.build, options.event);
  made.decision = decide(runtime, entry, *made.build.details.event);
  const reporter::Details details = assembled(runtime, entry, made.build.details);
  made.notes = details.notes;
  auto deliveries = runtime.run(entry.reporter->compose(details));
  if (!deliveries) {
    throw settings::ConfigError(entry.name + " cannot word it: " + runtime.redacted(deliveries.error().what));
  }
  made.deliveries = std::move(*deliveries);
  for (const Delivery& delivery : made.deliveries) {
    Shown shown = delivery.skip ? Shown() : entry.reporter->show(delivery);
    shown.how = runtime.redacted(shown.how);
    shown.content = runtime.redacted(shown.content);
    made.shown.push_back(std::move(shown));
  }
  return made;
}

// "would be reported: mode failing".
std::string decision_text(const Decision& decision) {
  switch (decision.outcome) {
    case Decision::Outcome::report:
      return "would be reported: " + decision.reason;
    case Decision::Outcome::summary:
      return "would be reported with its buildset (--event buildset): " + decision.reason;
    case Decision::Outcome::ignore:
      return "would not be reported: " + decision.reason;
  }
  return decision.reason;
}

std::string as_json(const Preview& preview, const PreviewOptions& options) {
  const Event& event = *preview.build.details.event;
  json::object out;
  out["reporter"] = options.reporter;
  out["master"] = event.source;
  out["event"] = event.key;
  out["builder"] = BuildView(event.body).builder().value_or("");
  const auto number = BuildView(event.body).number();
  out["number"] = number ? json::value(*number) : json::value(nullptr);
  out["attempt"] = number ? json::value(BuildView(event.body).run().attempt) : json::value(nullptr);
  out["live"] = preview.build.live;
  out["decision"] = name(preview.decision.outcome);
  out["reason"] = preview.decision.reason;
  json::array notes;
  for (const std::string& note : preview.notes)
    notes.emplace_back(note);
  out["notes"] = std::move(notes);
  json::array deliveries;
  for (std::size_t i = 0; i < preview.deliveries.size(); ++i) {
    const Delivery& delivery = preview.deliveries[i];
    json::object of = delivery.skip ? json::object() : shown_json(preview.shown[i]);
    of["target"] = delivery.target;
    of["summary"] = delivery.summary;
    of["key"] = delivery.key;
    of["lane"] = delivery.lane;
    of["status"] = delivery.status;
    of["rank"] = delivery.rank;
    of["note"] = delivery.note;
    of["skip"] = delivery.skip;
    deliveries.push_back(std::move(of));
  }
  out["deliveries"] = std::move(deliveries);
  json::array files;
  for (const std::string& file : preview.files)
    files.emplace_back(file);
  if (options.open) out["files"] = std::move(files);
  return json::serialize(out) + "\n";
}

std::string delivery_text(const Colours& colours, const Delivery& delivery, const Shown& shown) {
  std::string out = "\n" + colours.bold("to " + printable(delivery.target)) + "\n";
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += "  " + colours.dim(std::string(name) + ": " + printable(value)) + "\n";
  };
  line("key", delivery.key);
  line("lane", delivery.lane);
  if (!delivery.status.empty()) line("status", delivery.status + ", rank " + std::to_string(delivery.rank));
  line("note", delivery.note);
  if (delivery.skip) return out + "  nothing is sent\n";
  return out + "\n" + shown_text(shown, colours, "  ");
}

std::string as_text(const Preview& preview) {
  const Colours colours;
  const Event& event = *preview.build.details.event;
  std::string out = colours.bold(printable(title_of(event))) + ", of the source " + printable(event.source) +
                    (preview.build.live ? ", as it is there now" : "") + "\n";
  out += printable(decision_text(preview.decision)) + "\n";
  for (const std::string& note : preview.notes)
    out += "note: " + printable(note) + "\n";
  if (preview.deliveries.empty()) out += "there is nobody to tell\n";
  for (std::size_t i = 0; i < preview.deliveries.size(); ++i)
    out += delivery_text(colours, preview.deliveries[i], preview.shown[i]);
  return out;
}

void write_mails(Preview& preview, const std::string& file) {
  for (const Shown& shown : preview.shown) {
    if (shown.form == Shown::Form::mail)
      preview.files.push_back(write_mail(shown.content, file, preview.files.size()));
  }
  if (preview.files.empty()) throw settings::ConfigError("there is no mail to open");
}

}  // namespace

int preview(const server::LedgerPlace& place, const PreviewOptions& options) {
  OfflineRuntime& runtime = OfflineRuntime::make();
  runtime.open(place);
  const OfflineRuntime::Tidy tidy(runtime);
  Preview made = make_preview(runtime, options);
  if (options.open) write_mails(made, *options.open);
  std::cout << runtime.redacted(place.json ? as_json(made, options) : as_text(made)) << std::flush;
  for (const std::string& file : made.files) {
    const bool opened = open_on_desktop(file);
    if (!place.json) std::cout << "\n" << (opened ? "opened " : "the mail is in ") << file << "\n";
  }
  return 0;
}

}  // namespace carillon::cli
