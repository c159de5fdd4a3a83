#include "reporter/mail/envelope.hpp"

#include "base/json.hpp"

namespace carillon::reporter::mail {

std::string to_payload(const std::string& from, const std::vector<std::string>& recipients,
                       std::string_view message) {
  json::object head;
  head["from"] = from;
  head["recipients"] = json::value_from(recipients);
  std::string payload = json::serialize(head);
  payload.reserve(payload.size() + 1 + message.size());
  payload += '\n';
  payload += message;
  return payload;
}

std::optional<Envelope> parse_payload(std::string_view payload) {
  const auto end = payload.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  boost::system::error_code error;
  const json::value head = json::parse(payload.substr(0, end), error);
  if (error || !head.is_object()) return std::nullopt;
  const auto from = string_at(head.get_object(), "from");
  const json::array* recipients = array_at(head.get_object(), "recipients");
  if (!from || recipients == nullptr) return std::nullopt;
  Envelope out;
  out.from = *from;
  for (const json::value& one : *recipients) {
    if (!one.is_string()) return std::nullopt;
    out.recipients.emplace_back(one.get_string());
  }
  out.message = payload.substr(end + 1);
  return out;
}

}  // namespace carillon::reporter::mail
