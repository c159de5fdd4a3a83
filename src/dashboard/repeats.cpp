#include "dashboard/repeats.hpp"

#include <algorithm>
#include <vector>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "dashboard/answer.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_kept = 1000;
constexpr Millis kept_for = 86'400'000;

std::string key_of(const Repeats::Name& name) {
  return hex_encode(sha256(name.first + "\n" + name.second));
}

}  // namespace

json::object Repeats::kept_form(const Name& name, const Kept& kept) {
  json::array headers;
  for (const auto& [header, value] : kept.answer->headers)
    headers.push_back(json::array{header, value});
  return {{"who", name.first},
          {"key", name.second},
          {"at", kept.at},
          {"request", kept.digest},
          {"status", kept.answer->status},
          {"type", kept.answer->content_type},
          {"headers", std::move(headers)},
          {"body", base64_encode(kept.answer->body)}};  // it may be compressed
}

std::optional<std::pair<Repeats::Name, Repeats::Kept>> Repeats::read(const json::value& value) {
  const json::object* form = value.if_object();
  const auto body = form != nullptr ? base64_decode(text_at(*form, "body")) : std::nullopt;
  const json::array* headers = form != nullptr ? array_at(*form, "headers") : nullptr;
  if (!body || headers == nullptr) return std::nullopt;
  web::Response answer;
  answer.status = static_cast<int>(integer_at(*form, "status").value_or(200));
  answer.content_type = text_at(*form, "type");
  answer.body = *body;
  for (const json::value& one : *headers) {
    const json::array* pair = one.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_string() || !pair->at(1).is_string())
      return std::nullopt;
    answer.headers.emplace_back(pair->at(0).get_string(), pair->at(1).get_string());
  }
  return std::pair(Name(text_at(*form, "who"), text_at(*form, "key")),
                   Kept{integer_at(*form, "at").value_or(0), text_at(*form, "request"), std::move(answer)});
}

asio::awaitable<void> Repeats::load(Millis now) {
  store::KeyValue* memory = loaded_ || !memory_ ? nullptr : memory_();
  if (memory == nullptr) co_return;
  if (!co_await memory->forget(owner_, "", now - kept_for)) co_return;
  const auto found = co_await memory->recall(owner_, "");
  if (!found || std::exchange(loaded_, true)) co_return;
  std::vector<std::pair<Name, Kept>> all;
  for (const auto& [key, value] : *found) {
    if (auto kept = read(value)) all.push_back(std::move(*kept));
  }
  std::ranges::sort(all, {}, [](const auto& one) { return one.second.at; });
  for (auto& [name, kept] : all) {
    if (all_.emplace(name, std::move(kept)).second) order_.push_back(name);
  }
  make_room();
}

asio::awaitable<void> Repeats::save(Name name) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  const auto found = all_.find(name);
  if (memory == nullptr || found == all_.end() || !found->second.answer) co_return;
  const Millis at = found->second.at;
  // What is wrong with the store is told by whoever cannot do without it.
  (void)co_await memory->remember(owner_, key_of(name), kept_form(name, found->second), at);
  (void)co_await memory->forget(owner_, "", at - kept_for);
}

Repeats::Turn::Turn(Repeats& repeats, Name name, const std::string& what, Millis now)
    : repeats_(repeats), name_(std::move(name)) {
  const std::string digest = hex_encode(sha256(what));
  const auto found = repeats_.all_.find(name_);
  if (found != repeats_.all_.end() && found->second.answer && now - found->second.at > kept_for) {
    repeats_.forget(name_);
  } else if (found != repeats_.all_.end()) {
    const Kept& before = found->second;
    if (before.digest != digest) {
      known_ =
          json_error(422, "Idempotency-Key: was used for another request", "use a new key for each request");
    } else if (before.answer) {
      known_ = before.answer;
    } else {
      known_ = json_error(409, "Idempotency-Key: the first request with this key is still under way",
                          "ask again for its answer");
      known_->headers.emplace_back("Retry-After", "1");
    }
    return;
  }
  repeats_.all_.emplace(name_, Kept{now, digest, std::nullopt});
}

Repeats::Turn::~Turn() {
  if (!known_ && !kept_) repeats_.forget(name_);
}

void Repeats::Turn::keep(const web::Response& answer, Millis now) {
  Kept& kept = repeats_.all_[name_];
  kept.at = now;
  kept.answer = answer;
  kept_ = true;
  repeats_.order_.push_back(name_);
  repeats_.make_room();
}

void Repeats::forget(const Name& name) {
  all_.erase(name);
  order_.remove(name);
}

void Repeats::make_room() {
  if (order_.size() <= most_kept) return;
  all_.erase(order_.front());
  order_.pop_front();
}

}  // namespace carillon::dashboard
