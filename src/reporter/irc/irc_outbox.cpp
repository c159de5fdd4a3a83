#include "reporter/irc/irc_outbox.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <utility>

#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr std::string_view token_prefix = "carillon-";

std::optional<std::uint64_t> sequence_of(std::string_view token) {
  if (!token.starts_with(token_prefix)) return std::nullopt;
  token.remove_prefix(token_prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return number;
}

int cost_of(std::string_view line) {
  if (line.starts_with("JOIN ")) return Outbox::join_cost;
  for (const std::string_view cheap : {"PRIVMSG ", "NOTICE ", "PING "}) {
    if (line.starts_with(cheap)) return 1;
  }
  return Outbox::control_cost;
}

}  // namespace

Outbox::Ticket Outbox::add(Rank rank, std::string target, std::vector<std::string> lines) {
  Entry entry;
  entry.ticket = ++last_ticket_;
  if (lines.empty()) {
    done_.push_back({entry.ticket, ""});
    return entry.ticket;
  }
  entry.target = std::move(target);
  entry.lines.assign(std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
  queues_[static_cast<std::size_t>(rank)].push_back(std::move(entry));
  return last_ticket_;
}

bool Outbox::withdraw(Ticket ticket) {
  for (auto& queue : queues_) {
    const auto found =
        std::find_if(queue.begin(), queue.end(), [&](const Entry& entry) { return entry.ticket == ticket; });
    if (found == queue.end()) continue;
    if (found->last != 0) return false;
    queue.erase(found);
    return true;
  }
  return false;
}

std::size_t Outbox::waiting(Rank rank) const {
  const auto& queue = queues_[static_cast<std::size_t>(rank)];
  return std::accumulate(queue.begin(), queue.end(), std::size_t{0},
                         [](std::size_t sum, const Entry& entry) { return sum + entry.lines.size(); });
}

std::deque<Outbox::Entry>* Outbox::first_queue() {
  const auto found =
      std::find_if(queues_.begin(), queues_.end(), [](const auto& queue) { return !queue.empty(); });
  return found == queues_.end() ? nullptr : &*found;
}

bool Outbox::idle() const {
  return std::all_of(queues_.begin(), queues_.end(), [](const auto& queue) { return queue.empty(); });
}

// One PING at a time: lines that come while it is under way share the next one.
bool Outbox::ping_is_due() const {
  if (!pings_.empty()) return false;
  if (want_ping_) return true;
  return sequence_ > pinged_ && (idle() || window_full());
}

std::string Outbox::next_line(Millis now) {
  if (ping_is_due()) {
    want_ping_ = false;
    pinged_ = sequence_;
    pings_.push_back({sequence_, now});
    return format("PING", {std::string(token_prefix) + std::to_string(sequence_)});
  }
  std::deque<Entry>& queue = *first_queue();
  Entry& entry = queue.front();
  std::string line = std::move(entry.lines.front());
  entry.lines.pop_front();
  entry.last = ++sequence_;
  under_way_.push_back({sequence_, line.size()});
  octets_ += line.size();
  if (entry.lines.empty()) {
    written_.push_back(std::move(entry));
    queue.pop_front();
  }
  return line;
}

std::string Outbox::take(Millis now) {
  std::string out;
  while (has_work()) {
    const Millis paid = std::max(paid_until_, now);
    if (paid - now > (burst - 1) * gap_) break;
    const std::string line = next_line(now);
    paid_until_ = paid + cost_of(line) * gap_;
    out += line;
  }
  return out;
}

std::optional<Millis> Outbox::next_at(Millis now) const {
  if (!has_work()) return std::nullopt;
  return std::max(now, paid_until_ - (burst - 1) * gap_);
}

bool Outbox::pong(std::string_view token) {
  const auto sequence = sequence_of(token);
  const auto ping = std::find_if(pings_.begin(), pings_.end(),
                                 [&](const Ping& one) { return sequence && one.sequence == *sequence; });
  if (ping == pings_.end()) return false;
  pings_.erase(pings_.begin(), ping + 1);
  confirmed_ = *sequence;
  while (!under_way_.empty() && under_way_.front().sequence <= confirmed_) {
    octets_ -= under_way_.front().octets;
    under_way_.pop_front();
  }
  std::erase_if(written_, [&](Entry& entry) {
    if (entry.last > confirmed_) return false;
    done_.push_back({entry.ticket, std::move(entry.refusal)});
    return true;
  });
  return true;
}

void Outbox::refused(std::string_view target, const std::string& text) {
  for (auto& queue : queues_) {
    if (queue.empty() || queue.front().last <= confirmed_ || queue.front().target != target) continue;
    written_.push_back(std::move(queue.front()));  // its other lines would be refused, too
    written_.back().lines.clear();
    queue.pop_front();
  }
  for (Entry& entry : written_) {
    if (entry.target == target && entry.refusal.empty()) entry.refusal = text;
  }
}

std::vector<Outbox::Done> Outbox::take_done() {
  return std::exchange(done_, {});
}

std::optional<Millis> Outbox::unanswered_since() const {
  if (pings_.empty()) return std::nullopt;
  return pings_.front().at;
}

void Outbox::flooded() {
  gap_ = std::min(longest_gap, gap_ * 2);
}

}  // namespace carillon::reporter::irc
