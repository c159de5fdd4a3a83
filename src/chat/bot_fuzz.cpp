// Anybody can say anything to a bot: it answers, throws nothing, and does nothing dangerous for those who may
// not.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/secret.hpp"
#include "chat/bot.hpp"
#include "fakes/bot_sample.hpp"
#include "fakes/clock.hpp"
#include "fakes/memory.hpp"
#include "fakes/run.hpp"

namespace {

using namespace carillon;

asio::awaitable<bool> restored(chat::Bot& bot) {
  const auto done = co_await bot.restore();
  co_return done.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool keyboards = (data[0] & 1) != 0;
  asio::io_context io;
  const test::FakeClock clock;
  Redactor redactor;
  const Log log(Log::Level::error, redactor);
  test::KeptThings kept;
  test::FakeMedium medium;
  const auto master = test::sample_master();
  const std::vector<std::shared_ptr<source::Source>> masters = {master};
  const chat::World world{[&] { return masters; },
                          [&](const std::string&) { return std::make_unique<test::FakeMemory>(kept); }};
  chat::BotSettings settings;
  settings.traits.medium = keyboards ? "telegram" : "irc";
  settings.traits.prefix = keyboards ? "/" : "";
  settings.traits.keyboards = keyboards;
  settings.traits.channels = !keyboards;
  settings.traits.operators = !keyboards;
  chat::Bot bot(settings, chat::BotEnvironment{world, clock, log, {}}, medium, "test");
  if (!test::run(io, restored(bot))) std::abort();
  for (int said = 0; said < 8 && !input.empty(); ++said) {  // one message a line
    const auto end = std::min(input.find('\n'), input.size());
    chat::Message message;
    message.from = {"ann", "Ann", "Ann"};
    message.place = {"#dev", "#Dev", "channel", false};
    message.text = settings.traits.prefix + std::string(input.substr(0, end));
    message.from_button = keyboards && said % 3 == 2;
    for (const chat::Answer& answer : test::run(io, bot.handle(std::move(message)))) {
      if (!keyboards && !answer.keyboard.empty()) std::abort();
      const bool silent =
          answer.how == chat::Answer::How::edit_keyboard || answer.how == chat::Answer::How::drop;
      if (!silent && answer.text.empty()) std::abort();
    }
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  for (const std::string& done : medium.done) {
    if (done.starts_with("join") || done.starts_with("leave")) std::abort();
  }
  if (!master->controlled.empty() || !master->shutdowns.empty()) std::abort();
  return 0;
}
