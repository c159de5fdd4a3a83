#include "cli/preview_command.hpp"

#include <iostream>

#include "cli/chosen_build.hpp"
#include "cli/mail_file.hpp"
#include "cli/shown_text.hpp"
#include "server/preview.hpp"
#include "server/shown_json.hpp"
#include "settings/error.hpp"

namespace carillon::cli {
namespace {

using reporter::Shown;

struct Preview {
  ChosenBuild build;
  server::Preview made;
  std::vector<std::string> files;  // of the mails, where they are to be opened
};

Preview make_preview(OfflineRuntime& runtime, const PreviewOptions& options) {
  const pipeline::RosterEntry& entry = runtime.reporter(options.reporter);
  Preview preview;
  preview.build = choose_build(runtime, options.build, options.event);
  auto made = runtime.run(server::preview(entry, preview.build.details, runtime.detail_sources()));
  if (!made) throw settings::ConfigError(runtime.redacted(made.error().what));
  preview.made = std::move(*made);
  for (Shown& shown : preview.made.shown) {
    shown.how = runtime.redacted(shown.how);
    shown.content = runtime.redacted(shown.content);
  }
  return preview;
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
    case Decision::Outcome::silenced:
      return "would be held back: " + decision.reason;
  }
  return decision.reason;
}

std::string as_json(const Preview& preview, const PreviewOptions& options) {
  json::object out = server::to_json(preview.made, options.reporter, server::shown_json);
  out["live"] = preview.build.live;
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
  const server::Preview& made = preview.made;
  const Event& event = *preview.build.details.event;
  std::string out = colours.bold(printable(title_of(event))) + ", of the source " + printable(event.source) +
                    (preview.build.live ? ", as it is there now" : "") + "\n";
  out += printable(decision_text(made.decision)) + "\n";
  for (const std::string& note : made.notes)
    out += "note: " + printable(note) + "\n";
  if (made.deliveries.empty()) out += "there is nobody to tell\n";
  for (std::size_t i = 0; i < made.deliveries.size(); ++i)
    out += delivery_text(colours, made.deliveries[i], made.shown[i]);
  return out;
}

void write_mails(Preview& preview, const std::string& file) {
  for (const Shown& shown : preview.made.shown) {
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
