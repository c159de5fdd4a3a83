// What was sent of a delivery: its mail's HTML, and the request for programs. For operators.
#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/request_view.hpp"

namespace carillon::dashboard {
namespace {

struct Stored {
  std::string reporter;
  store::StoredDelivery delivery;
};

auto question_of(const Asked& asked) {
  return [id = id_of(asked.part("id")).value_or(0)](store::Ledger& ledger) -> std::optional<Stored> {
    const auto row = ledger.delivery(id);
    auto stored = ledger.stored(id);
    if (!row || !stored) return std::nullopt;
    return Stored{row->reporter, std::move(*stored)};
  };
}

}  // namespace

void add_requests(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/deliveries/{id}/mail.html", access::Role::operator_,
       [world](Asked asked) -> asio::awaitable<web::Response> {
         co_return co_await look(world, asked, question_of(asked), [&](const std::optional<Stored>& found) {
           if (!found) return world.site.sorry(404, "There is no delivery " + asked.part("id") + ".", asked);
           const json::object request = world.views.request(found->reporter, found->delivery.delivery);
           return mail_document(world.site, mail_html(request), asked);
         });
       }});
  places.push_back(api_get(
      "deliveries/{id}/request", no_fields,
      [world](Asked asked) -> asio::awaitable<web::Response> {
        auto found = co_await world.archive.ask(question_of(asked));
        if (!found) co_return api_failure(found.error());
        if (!*found) co_return api_answer(world, asked, nullptr);
        json::object request = world.views.request((*found)->reporter, (*found)->delivery.delivery);
        const std::string command = curl_of(request);
        request["curl"] = command.empty() ? json::value(nullptr) : json::value(command);
        co_return api_answer(world, asked, std::move(request));
      },
      access::Role::operator_));
}

}  // namespace carillon::dashboard
