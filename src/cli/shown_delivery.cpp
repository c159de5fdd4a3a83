#include "cli/shown_delivery.hpp"

#include <iostream>

namespace carillon::cli {

std::string coloured(const Colours& colours, DeliveryState state) {
  const std::string_view word = name(state);
  switch (state) {
    case DeliveryState::waiting:
      return colours.wrap("33", word);
    case DeliveryState::delivered:
      return colours.wrap("32", word);
    case DeliveryState::dead:
      return colours.wrap("31", word);
    case DeliveryState::superseded:
    case DeliveryState::dropped:
    case DeliveryState::skipped:
      return colours.wrap("2", word);
  }
  return std::string(word);
}

std::string when_text(const store::LedgerRow& row) {
  if (row.state == DeliveryState::waiting)
    return row.next_at <= SystemClock().now() ? "due" : "next " + time_text(row.next_at);
  return time_text(row.settled_at.value_or(row.created));
}

void print_delivery(const Colours& colours, const store::LedgerRow& row, const std::string& indent) {
  std::cout << indent << colours.bold("#" + std::to_string(row.id)) << " " << coloured(colours, row.state)
            << "  " << when_text(row) << "  " << printable(row.reporter) << " -> " << printable(row.target)
            << "\n";
  std::cout << indent << "    " << printable(row.summary);
  if (row.attempts > 1) std::cout << ", " << row.attempts << " attempts";
  std::cout << "\n";
  for (const PayloadFile& file : row.files) {
    std::cout << indent << "    with " << printable(file.label) << ", " << file.size << " bytes\n";
  }
  if (!row.answer.empty()) std::cout << shown_line(indent + "    ", "answer: " + printable(row.answer));
  if (!row.note.empty()) std::cout << shown_line(indent + "    ", "note: " + printable(row.note));
}

void print_pauses(const Colours& colours, const std::vector<store::Pause>& pauses) {
  const Millis now = SystemClock().now();
  for (const store::Pause& pause : pauses) {
    if (pause.until <= now) continue;
    std::cout << colours.red("paused") << " " << printable(pause.reporter) << " until "
              << time_text(pause.until) << (pause.by.empty() ? "" : " by " + printable(pause.by)) << ": "
              << printable(pause.why) << " (`carillon go " << printable(pause.reporter) << "` ends it)\n";
  }
}

}  // namespace carillon::cli
