#include "reporter/mail/envelope.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon::reporter::mail {

std::string to_payload(const std::string& from, const std::vector<std::string>& recipients,
                       std::string_view message, const std::vector<InlineText>& texts) {
  json::object head;
  head["from"] = from;
  head["recipients"] = json::value_from(recipients);
  if (!texts.empty()) {
    json::array list;
    for (const InlineText& text : texts)
      list.push_back(json::array{text.at, text.size, valid_utf8(text.label)});
    head["texts"] = std::move(list);
  }
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
  const json::array* texts = array_at(head.get_object(), "texts");
  if (texts == nullptr) return out;
  for (const json::value& one : *texts) {
    const json::array* text = one.if_array();
    if (text == nullptr || text->size() != 3) return std::nullopt;
    boost::system::error_code no_at;
    boost::system::error_code no_size;
    const auto at = (*text)[0].to_number<std::uint64_t>(no_at);
    const auto size = (*text)[1].to_number<std::uint64_t>(no_size);
    if (no_at || no_size || !(*text)[2].is_string()) return std::nullopt;
    out.texts.push_back({at, size, std::string((*text)[2].get_string())});
  }
  return out;
}

}  // namespace carillon::reporter::mail
