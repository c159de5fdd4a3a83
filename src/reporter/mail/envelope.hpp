// What the ledger keeps of a mail: Delivery::payload. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporter/common/long_body.hpp"

namespace carillon::reporter::mail {

// As text: one line of JSON, {"from": "a@b", "recipients": ["c@d", ...], "texts": [[at, size, "label"],
// ...]}, a line feed, then the message as it is sent. So a large message is neither escaped nor copied on its
// way out.
struct Envelope {
  std::string from;
  std::vector<std::string> recipients;
  // Attachments in the message, which may be cut.
  std::vector<InlineText> texts;
  // Of the text that was parsed.
  std::string_view message;
};

std::string to_payload(const std::string& from, const std::vector<std::string>& recipients,
                       std::string_view message, const std::vector<InlineText>& texts = {});

// Nullopt when it is not such a text. The result refers to the payload.
std::optional<Envelope> parse_payload(std::string_view payload);

}  // namespace carillon::reporter::mail
