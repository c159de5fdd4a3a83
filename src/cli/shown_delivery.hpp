// Deliveries and pauses on a terminal.
#pragma once

#include <string>
#include <vector>

#include "base/terminal.hpp"
#include "store/ledger.hpp"

namespace carillon::cli {

std::string coloured(const Colours& colours, DeliveryState state);
// "next 2026-01-31 12:00:05 +01:00" or "due" of what waits, else when it was settled.
std::string when_text(const store::LedgerRow& row);
// Several lines on standard output, each with the indent.
void print_delivery(const Colours& colours, const store::LedgerRow& row, const std::string& indent);
// Those that are not over.
void print_pauses(const Colours& colours, const std::vector<store::Pause>& pauses);

}  // namespace carillon::cli
