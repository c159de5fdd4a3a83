#include "source/alertmanager/alertmanager_hook.hpp"

#include "source/hook/body.hpp"
#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::alertmanager {
namespace {

using hook::Phase;

constexpr std::size_t most_labels = 50;

Result<hook::Run> alert_of(const json::object& alert, const json::object& group,
                           std::vector<std::string>& notes) {
  const auto status = hook::need_text(alert, "status");
  const auto fingerprint = hook::need_text(alert, "fingerprint");
  const auto starts = hook::need_text(alert, "startsAt");
  if (!status) return failed(status.error());
  if (!fingerprint) return failed(fingerprint.error());
  if (!starts) return failed(starts.error());
  const auto started = hook::moment_of(*starts);
  if (!started) return rejected("startsAt: is no moment");
  hook::Run made;
  const bool resolved = *status == "resolved";
  if (!resolved && *status != "firing") notes.push_back("unknown status '" + *status + "'");
  made.state = {Phase::ended, resolved              ? Results::success
                              : *status == "firing" ? Results::failure
                                                    : Results::exception};
  made.id = hook::key_part(*fingerprint) + "-" + std::to_string(*started);
  // It fires and is resolved under one id and number; what is resolved comes behind it.
  made.occurrence = *status;
  made.number = *started / 60;
  made.attempt = resolved ? 2 : 1;
  made.started = started;
  made.ended = resolved ? hook::moment_at(alert, "endsAt") : started;
  made.pipeline = hook::first_text(alert, {"labels.alertname"});
  if (made.pipeline.empty()) made.pipeline = "alert";
  made.job = text_at(alert, "labels.instance");
  made.said =
      hook::first_text(alert, {"annotations.summary", "annotations.message", "annotations.description"});
  made.url = hook::first_text(alert, {"generatorURL"});
  made.event = "alert";
  made.reason = made.said;
  if (const std::string severity = text_at(alert, "labels.severity"); !severity.empty())
    made.tags.push_back(severity);
  made.properties.emplace_back("alert_status", json::value(*status));
  for (const auto& [property, member] :
       {std::pair("alert_group_key", "groupKey"), std::pair("alert_receiver", "receiver"),
        std::pair("alertmanager_url", "externalURL")}) {
    if (const std::string text = text_at(group, member); !text.empty())
      made.properties.emplace_back(property, json::value(text));
  }
  if (const json::object* labels = object_at(alert, "labels")) {
    std::size_t count = 0;
    for (const auto& [name, value] : *labels) {
      if (value.is_string() && count++ < most_labels)
        made.properties.emplace_back("label_" + std::string(name), value);
    }
  }
  return made;
}

}  // namespace

Result<hook::Heard> AlertmanagerHook::hear(const web::Head& head, std::string_view body,
                                           Millis /*now*/) const {
  hook::Heard heard;
  heard.kind = "alerts";
  const auto group = hook::read_object(head, body);
  if (!group) return failed(group.error());
  if (const std::string version = text_at(*group, "version"); version != "4")
    return rejected("version: must be \"4\", the form of Alertmanager 0.5 and later");
  if (array_at(*group, "alerts") == nullptr) return rejected("alerts: missing, or no list");
  std::size_t number = 0;
  for (const json::object* alert : objects_at(*group, "alerts")) {
    auto made = alert_of(*alert, *group, heard.notes);
    if (!made) {
      made.error().what.insert(0, "alerts[" + std::to_string(number) + "].");
      return failed(made.error());
    }
    heard.runs.push_back(std::move(*made));
    ++number;
  }
  if (const auto cut = integer_at(*group, "truncatedAlerts"); cut && *cut > 0)
    heard.notes.push_back(std::to_string(*cut) + " alerts were left out: raise max_alerts");
  if (heard.runs.empty()) heard.ignored = "no alerts";
  return heard;
}

std::vector<std::string> AlertmanagerHook::advice(const std::string& url) const {
  return {"in alertmanager.yml, below a receiver: webhook_configs: [{url: '" + url +
              "', send_resolved: true, http_config: {authorization: {credentials_file: ...}}}]",
          "the file holds the token of token="};
}

}  // namespace carillon::source::alertmanager
