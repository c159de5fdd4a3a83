#include "source/hook/refusals.hpp"

#include "base/encoding.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_of_body = std::size_t{64} << 10U;
constexpr std::size_t most_added = 200;
constexpr std::size_t longest_shown = 200;
constexpr Millis refusals_kept_for = Millis{24} * 3600 * 1000;

}  // namespace

std::string refusals_owner(const std::string& source) {
  return "intake " + source;
}

json::value to_json(const Refusal& refusal) {
  return json::object{{"at", refusal.at},     {"times", refusal.times}, {"status", refusal.status},
                      {"kind", refusal.kind}, {"why", refusal.why},     {"body", refusal.body}};
}

Refusal refusal_of(const json::value& kept) {
  Refusal refusal;
  const json::object* object = kept.if_object();
  if (object == nullptr) return refusal;
  refusal.at = integer_at(*object, "at").value_or(0);
  refusal.times = integer_at(*object, "times").value_or(0);
  refusal.status = integer_at(*object, "status").value_or(0);
  refusal.kind = text_at(*object, "kind");
  refusal.why = text_at(*object, "why");
  refusal.body = text_at(*object, "body");
  return refusal;
}

Refusals::Refusals(const std::string& source, std::function<store::KeyValue*()> memory,
                   std::function<std::string(std::string_view)> redact)
    : owner_(refusals_owner(source)), memory_(std::move(memory)), redact_(std::move(redact)) {}

void Refusals::add(Refusal refusal) {
  if (!memory_ || !redact_) return;
  const std::string what = (refusal.kind.empty() ? "" : refusal.kind + ": ") + refusal.why;
  last_ =
      Refused{refusal.at, refusal.status, redact_(ellipsize(fold_to_line(valid_utf8(what)), longest_shown))};
  const std::string key = std::string(refusal_prefix) + short_hash(refusal.kind + "\n" + refusal.why);
  const auto known = added_.find(key);
  // So many kinds within a minute are no person's slips; the metrics count them.
  if (known == added_.end() && added_.size() >= most_added) return;
  if (known != added_.end()) refusal.times += known->second.times;
  added_.insert_or_assign(key, std::move(refusal));
}

Task<void> Refusals::write() {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  const Gate::Place turn = co_await turns_.enter();
  while (!added_.empty()) {
    const std::string key = added_.begin()->first;
    Refusal refusal = added_.begin()->second;
    auto known = co_await memory->recall(owner_, key);
    if (!known) co_return failed(known);
    const auto same = known->find(key);
    const std::int64_t before = same == known->end() ? 0 : refusal_of(same->second).times;
    // More may have been added meanwhile.
    refusal = std::move(added_.extract(key).mapped());
    refusal.times += before;
    refusal.kind = redact_(valid_utf8(refusal.kind));
    refusal.why = redact_(valid_utf8(refusal.why));
    refusal.body = std::string(
        utf8_prefix(redact_(valid_utf8(utf8_prefix(refusal.body, 2 * most_of_body))), most_of_body));
    const Millis at = refusal.at;
    if (auto kept = co_await memory->remember(owner_, key, to_json(refusal), at); !kept) {
      refusal.times -= before;
      add(std::move(refusal));
      co_return failed(kept);
    }
  }
  co_return ok();
}

Task<void> Refusals::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, std::string(refusal_prefix), now - refusals_kept_for);
}

}  // namespace carillon::source::hook
