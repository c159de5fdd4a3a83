// What all answers of the JSON API have in common.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "dashboard/answer.hpp"
#include "dashboard/pages.hpp"

namespace carillon::dashboard {

// "GET /api/v1/PATH". fields: that its query may have; they outlive the place.
Place api_get(std::string path, std::span<const std::string_view> fields,
              std::function<asio::awaitable<web::Response>(Asked)> handler,
              access::Role role = access::Role::viewer);
// Of a place that has none.
inline constexpr std::span<const std::string_view> no_fields{};

// The error for a program; with Retry-After where it is worth trying again.
web::Response api_failure(const Failure& failure);

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
