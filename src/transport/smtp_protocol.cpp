#include "transport/smtp_protocol.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace carillon::smtp {
namespace {

using Kind = RecipientOutcome::Kind;

// So many commands may wait for their replies: what they and their replies take always fits into the sockets'
// buffers, so neither side can wait for the other for ever (RFC 2920 3.1).
constexpr std::size_t group_size = 100;
constexpr std::size_t chunk_size = std::size_t{64} << 10U;

// The relay closes the connection, whatever was asked: 421 at any time, 221 other than to QUIT.
bool says_farewell(const Reply& reply) {
  return reply.code == 421 || reply.code == 221;
}

// It wants a login, or another one, before anything else (RFC 4954 6, RFC 3207 4): nothing is wrong with the
// mail, and who looks after the relay or the configuration can help.
bool wants_login(const Reply& reply) {
  return reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538;
}

}  // namespace

bool sendable(std::string_view address) {
  if (address.size() > 500) return false;
  bool quoted = false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto byte = static_cast<unsigned char>(address[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (quoted && byte == '\\') {
      if (++i == address.size()) return false;
      const auto escaped = static_cast<unsigned char>(address[i]);
      if (escaped < 0x20 || escaped == 0x7F) return false;
      continue;
    }
    if (byte == '"') quoted = !quoted;
    if (!quoted && (byte == ' ' || byte == '<' || byte == '>')) return false;
  }
  return !quoted;
}

std::uint64_t Mail::size() const {
  return body != nullptr ? body->size() : data.size();
}

bool Mail::eight_bit() const {
  return body != nullptr ? body->eight_bit() : !is_ascii(data);
}

Session::Session(Login login) : login_(std::move(login)), in_tls_(login_.tls == Login::Tls::implicit) {
  awaited_.push_back({Await::greeting});
}

Session::Step Session::step() {
  if (!failure_.empty()) return Step::failed;
  if (starting_tls_ && out_.empty()) return Step::start_tls;
  fill();
  if (!out_.empty()) return Step::write;
  if (sending_data_) return Step::feed;
  if (!awaited_.empty()) return Step::read;
  if (done_) return Step::done;
  return closed_ || closing_ ? Step::closed : Step::ready;
}

// Moves what may be sent now to the output.
void Session::fill() {
  if (!out_.empty()) return;
  if (sending_data_) {
    if (mail_.body != nullptr) return;
    const std::string_view piece = rest_.substr(0, chunk_size);
    rest_.remove_prefix(piece.size());
    encoder_.add(out_, piece);
    if (rest_.empty()) end_data();
    return;
  }
  if (!awaited_.empty()) return;
  const std::size_t most = offers_.pipelining ? group_size : 1;
  while (!queue_.empty() && awaited_.size() < most) {
    if (queue_.front().await == Await::data && awaited_.empty() && !any_accepted()) {
      finish();
      return;
    }
    out_ += queue_.front().line;
    awaited_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

std::uint64_t Session::message_size() const {
  const std::uint64_t size = mail_.size();
  if (!with_ascii_head()) return size;
  return size - std::min<std::uint64_t>(size, mail_.head_size) + mail_.ascii_head.size();
}

void Session::begin_data() {
  encoder_ = {};
  rest_ = mail_.data;
  skip_ = 0;
  sending_data_ = true;
  if (!with_ascii_head()) return;
  encoder_.add(out_, mail_.ascii_head);
  rest_.remove_prefix(std::min(mail_.head_size, rest_.size()));
  skip_ = mail_.head_size;
}

void Session::end_data() {
  encoder_.end(out_);
  sending_data_ = false;
  committed_ = true;
  awaited_.push_back({Await::data_end});
}

void Session::feed(std::string_view piece) {
  if (!sending_data_) return;  // the relay has answered early
  if (piece.empty()) return end_data();
  const std::size_t left_out = std::min(skip_, piece.size());
  skip_ -= left_out;
  encoder_.add(out_, piece.substr(left_out));
}

void Session::send(Await await, std::string line) {
  line += "\r\n";
  queue_.push_back({await, 0, std::move(line)});
}

void Session::received(std::string_view bytes) {
  if (!failure_.empty() || closed_) return;
  parser_.feed(bytes);
  // What comes after the outcome does not change it: a farewell in the same packet, or what nobody asked for.
  while (!done_) {
    const auto reply = parser_.next();
    if (!reply) break;
    if (awaited_.empty()) {
      handle_unasked(*reply);
    } else {
      const Command command = std::move(awaited_.front());
      awaited_.pop_front();
      handle(*reply, command);
    }
    if (!failure_.empty() || closed_ || starting_tls_) return;
  }
  if (!done_ && !parser_.error().empty())
    return give_up("the relay sent " + hide(parser_.error(), "something that is not a reply"));
  if (done_ && parser_.pending()) closing_ = true;
}

// Only an answer to the message may come early; anything else ends the connection.
void Session::handle_unasked(const Reply& reply) {
  const bool to_message = in_mail_ && sending_data_;
  if (wants_login(reply)) return give_up("wants a login: " + text_of(reply));
  if (says_farewell(reply) && !to_message) return give_up(text_of(reply));
  if (!says_farewell(reply) && (reply.code < 400 || !to_message))
    return give_up("unexpected reply: " + text_of(reply));
  sending_data_ = false;
  out_.clear();
  closing_ = true;
  conclude(reply);
}

void Session::handle(const Reply& reply, const Command& command) {
  if (command.await == Await::quit) {
    closed_ = true;
  } else if (says_farewell(reply) && command.await == Await::data_end) {
    closing_ = true;
    conclude(reply);
  } else if (says_farewell(reply)) {
    give_up(text_of(reply));
  } else if (in_mail_ && wants_login(reply)) {
    give_up("wants a login: " + text_of(reply));
  } else if (in_mail_) {
    handle_mail(reply, command);
  } else {
    handle_login(reply, command.await);
  }
}

void Session::lost(std::string_view why) {
  if (!failure_.empty() || done_) {
    closing_ = true;
    return;
  }
  if (closed_ || (!awaited_.empty() && awaited_.front().await == Await::quit)) {
    awaited_.clear();
    closed_ = true;
    return;
  }
  give_up(std::string(why) + " while waiting for " + std::string(waiting_for()));
}

void Session::begin(Mail mail) {
  mail_ = std::move(mail);
  in_mail_ = true;
  committed_ = false;
  outcome_ = {};
  decisions_.assign(mail_.recipients.size(), Decision::open);
  for (const std::string& recipient : mail_.recipients)
    outcome_.recipients.push_back({recipient, Kind::retry, ""});

  const bool utf8_from = !is_ascii(mail_.from);
  if (!sendable(mail_.from)) {
    settle_rest(Kind::refused, "not sent: the sender's address cannot be used in SMTP");
  } else if (utf8_from && !offers_.smtputf8) {
    settle_rest(Kind::refused,
                "not sent: the sender's address needs SMTPUTF8, which the relay does not offer");
  } else if (offers_.max_size > 0 && message_size() > offers_.max_size) {
    settle_rest(Kind::refused, "not sent: the message has " + std::to_string(message_size()) +
                                   " bytes and the relay takes at most " + std::to_string(offers_.max_size));
  }
  for (std::size_t i = 0; i < mail_.recipients.size(); ++i) {
    const std::string& recipient = mail_.recipients[i];
    if (recipient.empty() || !sendable(recipient)) {
      settle(i, Kind::refused, "not sent: the address cannot be used in SMTP");
    } else if (!is_ascii(recipient) && !offers_.smtputf8) {
      settle(i, Kind::refused, "not sent: the address needs SMTPUTF8, which the relay does not offer");
    }
  }
  if (std::ranges::find(decisions_, Decision::open) == decisions_.end()) return finish();
  queue_transaction();
}

void Session::queue_transaction() {
  if (used_) send(Await::rset, "RSET");
  used_ = true;
  std::string mail = "MAIL FROM:<" + mail_.from + ">";
  if (offers_.size) mail += " SIZE=" + std::to_string(message_size());
  const bool eight_bit = with_ascii_head() && mail_.body == nullptr
                             ? !is_ascii(mail_.data.substr(std::min(mail_.head_size, mail_.data.size())))
                             : mail_.eight_bit();
  if (offers_.eight_bit && eight_bit) mail += " BODY=8BITMIME";
  const bool utf8 =
      !is_ascii(mail_.from) || !mail_.ascii_head.empty() ||
      !std::ranges::all_of(mail_.recipients, [](const std::string& one) { return is_ascii(one); });
  if (offers_.smtputf8 && utf8) mail += " SMTPUTF8";
  send(Await::mail, std::move(mail));
  for (std::size_t i = 0; i < mail_.recipients.size(); ++i) {
    if (decisions_[i] != Decision::open) continue;
    queue_.push_back({Await::rcpt, i, "RCPT TO:<" + mail_.recipients[i] + ">\r\n"});
  }
  send(Await::data, "DATA");
}

void Session::handle_mail(const Reply& reply, const Command& command) {
  switch (command.await) {
    case Await::rset:
      if (!reply.positive()) give_up("answered RSET with " + text_of(reply));
      return;
    case Await::mail:
      if (reply.positive()) return;
      if (reply.code < 400) return give_up("answered MAIL with " + text_of(reply));
      settle_rest(reply);
      queue_.clear();
      break;
    case Await::rcpt: {
      if (decisions_[command.recipient] != Decision::open) break;  // MAIL was refused
      if (reply.positive()) {
        decisions_[command.recipient] = Decision::accepted;
      } else if (reply.code < 400) {
        return give_up("answered RCPT with " + text_of(reply));
      } else {
        // 552 after others were accepted means "too many recipients" to old servers (RFC 5321 4.5.3.1.10).
        const bool refused = reply.permanent() && !(reply.code == 552 && any_accepted());
        settle(command.recipient, refused ? Kind::refused : Kind::retry, text_of(reply));
      }
      break;
    }
    case Await::data:
      if (reply.code == 354 && any_accepted()) return begin_data();
      if (reply.code == 354) {
        // DATA went out together with recipients that were all refused: an empty message ends it (RFC
        // 2920 3.1).
        return queue_.push_back({Await::abandoned_data, 0, ".\r\n"});
      }
      if (reply.code < 400) return give_up("answered DATA with " + text_of(reply));
      settle_rest(reply);
      break;
    case Await::abandoned_data:
      break;
    case Await::data_end:
      if (reply.code < 400 && !reply.positive())
        return give_up("answered the message with " + text_of(reply));
      settle_rest(reply);
      break;
    default:
      return give_up("unexpected reply: " + text_of(reply));
  }
  if (awaited_.empty() && queue_.empty()) finish();
}

void Session::settle(std::size_t recipient, Kind kind, const std::string& answer) {
  if (decisions_[recipient] == Decision::settled) return;
  decisions_[recipient] = Decision::settled;
  outcome_.recipients[recipient].kind = kind;
  outcome_.recipients[recipient].answer = answer;
  outcome_.answer = answer;
}

void Session::settle_rest(Kind kind, const std::string& answer) {
  for (std::size_t i = 0; i < decisions_.size(); ++i)
    settle(i, kind, answer);
}

void Session::settle_rest(const Reply& reply) {
  const bool accepted = reply.positive() && !says_farewell(reply);
  settle_rest(accepted ? Kind::delivered : reply.permanent() ? Kind::refused : Kind::retry, text_of(reply));
}

void Session::conclude(const Reply& reply) {
  settle_rest(reply);
  finish();
}

bool Session::any_accepted() const {
  return std::ranges::find(decisions_, Decision::accepted) != decisions_.end();
}

void Session::finish() {
  in_mail_ = false;
  done_ = true;
  if (parser_.pending()) closing_ = true;
  queue_.clear();
  awaited_.clear();
}

Outcome Session::take_outcome() {
  done_ = false;
  return std::exchange(outcome_, {});
}

void Session::quit() {
  send(Await::quit, "QUIT");
}

void Session::fail(std::string why) {
  failure_ = std::move(why);
  queue_.clear();
  awaited_.clear();
  out_.clear();
  sending_data_ = false;
}

void Session::give_up(const std::string& why) {
  const bool somebody_refused = std::ranges::any_of(
      outcome_.recipients, [](const RecipientOutcome& one) { return one.kind == Kind::refused; });
  const bool all_settled =
      std::ranges::all_of(decisions_, [](Decision one) { return one == Decision::settled; });
  if (!in_mail_ || !(somebody_refused || all_settled)) return fail(why);
  closing_ = true;
  sending_data_ = false;
  out_.clear();
  settle_rest(Kind::retry, why);
  finish();
}

std::string_view Session::waiting_for() const {
  if (starting_tls_) return "the TLS handshake";
  if (sending_data_ || !out_.empty()) return "the relay to take what is sent";
  if (awaited_.empty()) return "nothing";
  switch (awaited_.front().await) {
    case Await::greeting:
      return "the greeting";
    case Await::ehlo:
      return "the reply to EHLO";
    case Await::helo:
      return "the reply to HELO";
    case Await::starttls:
      return "the reply to STARTTLS";
    case Await::rset:
      return "the reply to RSET";
    case Await::mail:
      return "the reply to MAIL";
    case Await::rcpt:
      return "the reply to RCPT";
    case Await::data:
    case Await::abandoned_data:
      return "the reply to DATA";
    case Await::data_end:
      return "the reply to the message";
    case Await::quit:
      return "the reply to QUIT";
    default:
      return "the reply to AUTH";
  }
}

}  // namespace carillon::smtp
