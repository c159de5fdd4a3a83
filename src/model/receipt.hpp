// What the other side answered to one attempt.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// The outcome for one part of a delivery (mail: one recipient).
struct ReceiptPart {
  enum class Outcome { delivered, retry, refused };
  std::string name;
  Outcome outcome = Outcome::delivered;
  std::string answer;
};

struct Receipt {
  // "201 Created", "250 2.0.0 queued as X"; one line, no secret.
  std::string answer;
  // Empty: delivered as a whole. Otherwise the outcome of every part tried this time.
  std::vector<ReceiptPart> parts;
  // Delivered, and the account has no calls left for so long.
  std::optional<std::chrono::seconds> pause;
};

}  // namespace carillon
