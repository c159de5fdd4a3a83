// What Telegram answers: one line for the ledger, and a pause that ends.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/telegram/telegram_answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::reporter::telegram;
  if (size < 2) return 0;
  http::Response response;
  response.status = 100 + (data[0] * 256 + data[1]) % 500;
  response.body.assign(data + 2, data + size);
  const Reply reply = reply_of(response, 1'700'000'000);
  if (reply.what.empty() || reply.what.find_first_of("\r\n") != std::string::npos) std::abort();
  if (reply.retry_after && reply.retry_after->count() < 0) std::abort();
  if (reply.kind == Reply::Kind::migrated && reply.new_chat.empty()) std::abort();
  if (reply.ok()) return 0;
  const Failure failure = failure_of(reply);
  if (failure.what.empty()) std::abort();
  return 0;
}
