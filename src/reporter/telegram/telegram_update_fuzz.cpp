// Updates come from the network; who sent a text chose all of it.
#include <cstdint>
#include <cstdlib>

#include "reporter/telegram/telegram_update.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using reporter::telegram::Update;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return 0;
  const auto update = reporter::telegram::update_of(value);
  if (!update) return 0;
  const bool speaks = update->kind == Update::Kind::message || update->kind == Update::Kind::button;
  if (speaks && update->from.id.empty()) std::abort();
  if (update->kind == Update::Kind::message && (update->place.id.empty() || update->text.empty()))
    std::abort();
  if (update->kind == Update::Kind::migrated && (update->place.id.empty() || update->new_place.empty()))
    std::abort();
  const auto said = reporter::telegram::said_to(*update, "MyBot", "99");
  if (said && said->size() > update->text.size()) std::abort();
  return 0;
}
