#include "source/hook/counter.hpp"

#include "base/json.hpp"

namespace carillon::source::hook {
namespace {

constexpr Millis numbers_kept_for = Millis{31} * 24 * 3600 * 1000;

Task<std::int64_t> recalled_number(store::KeyValue& memory, std::string owner, std::string key) {
  auto known = co_await memory.recall(owner, key);
  if (!known) co_return failed(known);
  const auto found = known->find(key);
  if (found == known->end() || !found->second.is_int64()) co_return 0;
  co_return found->second.get_int64();
}

}  // namespace

Counter::Counter(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<std::int64_t> Counter::number_of(std::string builder, std::string run, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return 1;
  const Gate::Place place = co_await gate_.enter();
  const std::string own = "number " + run;
  auto number = co_await recalled_number(*memory, owner_, own);
  if (!number) co_return failed(number);
  if (*number > 0) co_return *number;
  const std::string count = "count " + builder;
  number = co_await recalled_number(*memory, owner_, count);
  if (!number) co_return failed(number);
  const std::int64_t next = *number + 1;
  if (auto kept = co_await memory->remember(owner_, count, next, now); !kept) co_return failed(kept);
  if (auto kept = co_await memory->remember(owner_, own, next, now); !kept) co_return failed(kept);
  co_return next;
}

Task<void> Counter::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, "number ", now - numbers_kept_for);
}

}  // namespace carillon::source::hook
