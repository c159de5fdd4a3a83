// Feeds a session with a relay's bytes in pieces of any size: it must end in one of its states, and what it
// writes must be whole lines whatever the relay says.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "transport/smtp_protocol.hpp"

namespace {

class GivenBody final : public carillon::smtp::Body {
 public:
  carillon::Task<void> begin(std::uint64_t) override { co_return carillon::ok(); }
  std::uint64_t size() const override { return 9; }
  bool eight_bit() const override { return false; }
  carillon::Task<std::string_view> read() override { co_return std::string_view(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using carillon::smtp::Login;
  using carillon::smtp::Session;
  if (size < 3) return 0;
  Login login;
  login.tls = static_cast<Login::Tls>(data[0] % 3);
  login.loopback = (data[0] & 4) != 0;
  if ((data[0] & 8) != 0) {
    login.user = "user";
    login.password = carillon::Secret("password-that-must-not-show");
  }
  const std::size_t piece = data[1] % 64 + 1U;
  const std::size_t recipients = data[2];
  std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  Session session(login);
  std::size_t mails = 0;
  std::size_t fed = 0;
  GivenBody body;
  for (;;) {
    switch (session.step()) {
      case Session::Step::write:
        if (session.output().empty()) std::abort();
        session.wrote();
        break;
      case Session::Step::read:
        if (input.empty()) {
          session.lost("connection closed");
        } else {
          session.received(input.substr(0, piece));
          input.remove_prefix(std::min(piece, input.size()));
        }
        break;
      case Session::Step::feed:
        session.feed(fed++ % 3 < 2 ? ".x\r" : "");
        break;
      case Session::Step::start_tls:
        session.tls_started();
        break;
      case Session::Step::ready: {
        if (++mails > 3) {
          session.quit();
          break;
        }
        carillon::smtp::Mail mail{"from@x", {}, "Subject: x\r\n\r\n.\r\n"};
        if (mails == 2) mail.body = &body;
        for (std::size_t i = 0; i < recipients; ++i)
          mail.recipients.push_back("user" + std::to_string(i) + "@x");
        session.begin(mail);
        break;
      }
      case Session::Step::done: {
        const auto outcome = session.take_outcome();
        if (outcome.recipients.size() != recipients) std::abort();
        for (const auto& one : outcome.recipients) {
          if (one.answer.empty() || one.answer.find('\n') != std::string::npos) std::abort();
        }
        break;
      }
      case Session::Step::failed:
        if (session.failure().empty()) std::abort();
        if (!login.user.empty() && session.failure().find("must-not-show") != std::string::npos) std::abort();
        return 0;
      case Session::Step::closed:
        return 0;
    }
  }
}
