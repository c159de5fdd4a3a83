// A build may have any shape: facts and names are found, or they are missing.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "model/event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const EventKind kind = kind_of(text);
  if (is_build(kind) && !text.starts_with("builds/")) std::abort();
  if (is_request(kind) && !text.starts_with("buildrequests/")) std::abort();
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return 0;
  const json::object& build = value.get_object();
  const BuildFacts facts = facts_of(build);
  if (facts.results && results_from(static_cast<std::int64_t>(*facts.results)) != facts.results) std::abort();
  const auto users = responsible_users(build);
  if (!std::is_sorted(users.begin(), users.end())) std::abort();
  if (std::adjacent_find(users.begin(), users.end()) != users.end()) std::abort();
  if (std::find(users.begin(), users.end(), "") != users.end()) std::abort();
  Event event;
  event.source = "m";
  event.key = "builds/1/finished";
  event.body = build;
  if (id_of(event) != "m/builds/1/finished") std::abort();
  return 0;
}
