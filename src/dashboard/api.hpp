// What all answers of the JSON API have in common.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "dashboard/answer.hpp"
#include "dashboard/pages.hpp"
#include "dashboard/repeats.hpp"

namespace carillon::dashboard {

// "GET /api/v1/PATH". fields: that its query may have; they outlive the place.
Place api_get(std::string path, std::span<const std::string_view> fields,
              std::function<asio::awaitable<web::Response>(Asked)> handler,
              access::Role role = access::Role::viewer);
// Of a place that has none.
inline constexpr std::span<const std::string_view> no_fields{};

// The body as an object, whatever the header says of its type: `curl -d` calls everything a form. None where
// there is no body. Failure (rejected): it is something else.
Result<json::object> body_of(const web::Request& request);
// For that failure.
inline constexpr std::string_view json_hint = "send a JSON object, with Content-Type: application/json";
// The text under that name; "" where there is none. Failure (rejected): it is something else.
Result<std::string> text_in(const json::object& body, std::string_view name);

// The error for a program; with Retry-After where it is worth trying again.
web::Response api_failure(const Failure& failure);

// What is done with a body; its members are known.
using ApiDeed = std::function<asio::awaitable<web::Response>(const Asked&, const json::object&)>;
// "POST /api/v1/PATH": takes an object that may have these members, which outlive the place. once: where it
// is done once for each Idempotency-Key; null: it changes nothing.
Place api_post(std::string path, access::Role role, std::span<const std::string_view> members,
               const World& world, std::shared_ptr<Repeats> once, ApiDeed deed);

// What the caller may see of it; 404 where it is null.
web::Response api_answer(const World& world, const Asked& asked, json::value answer);

// api_answer() of what the archive answers to the question; an error where it does not.
template <class Question>
asio::awaitable<web::Response> tell(const World& world, const Asked& asked, Question question) {
  auto answer = co_await world.archive.ask(std::move(question));
  if (!answer) co_return api_failure(answer.error());
  co_return api_answer(world, asked, std::move(*answer));
}

}  // namespace carillon::dashboard
