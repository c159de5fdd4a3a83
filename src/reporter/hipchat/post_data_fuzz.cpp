// What the user's methods answer, of any shape: what is posted is what HipChat takes, or nothing.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "reporter/hipchat/post_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return 0;
  reporter::hipchat::PostData post;
  std::vector<std::string> notes;
  const std::optional<json::value> answer(value);
  const std::optional<json::value> none;
  post.add_recipients((data[0] & 1) != 0 ? answer : none, json::object{{"id_or_email", "ann"}}, notes);
  post.add_message((data[0] & 2) != 0 ? answer : none, "a message", notes);
  post.add_extra((data[0] & 4) != 0 ? answer : none, notes);
  const json::object body = post.body(notes);
  if (body.empty()) return 0;
  const auto message = string_at(body, "message");
  if (!message || message->empty() || ellipsize(*message, 10'000) != *message) std::abort();
  if (!post.user() && !post.room()) std::abort();
  if (body.contains("id_or_email") || body.contains("room_id_or_name")) std::abort();
  return 0;
}
