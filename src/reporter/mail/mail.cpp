#include "reporter/mail/mail.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.hpp"
#include "reporter/common/http_exchange.hpp"
#include "reporter/common/long_body.hpp"
#include "reporter/mail/ascii_head.hpp"
#include "reporter/mail/body_text.hpp"
#include "reporter/mail/envelope.hpp"
#include "reporter/mail/mail_settings.hpp"
#include "reporter/mail/mail_writer.hpp"

namespace carillon::reporter::mail {
namespace {

using settings::Argument;
using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::int64_t default_log_size = std::int64_t{1} << 20;

ReceiptPart to_part(smtp::RecipientOutcome outcome) {
  ReceiptPart part;
  part.name = std::move(outcome.address);
  part.answer = std::move(outcome.answer);
  switch (outcome.kind) {
    case smtp::RecipientOutcome::Kind::delivered:
      part.outcome = ReceiptPart::Outcome::delivered;
      break;
    case smtp::RecipientOutcome::Kind::retry:
      part.outcome = ReceiptPart::Outcome::retry;
      break;
    case smtp::RecipientOutcome::Kind::refused:
      part.outcome = ReceiptPart::Outcome::refused;
      break;
  }
  return part;
}

Receipt to_receipt(smtp::Outcome outcome) {
  Receipt receipt;
  receipt.answer = std::move(outcome.answer);
  for (auto& one : outcome.recipients)
    receipt.parts.push_back(to_part(std::move(one)));
  return receipt;
}

// A message with attachments, as the SMTP client reads it.
class Body final : public smtp::Body {
 public:
  Body(LongBody& content, std::string_view message) : content_(content), eight_bit_(!is_ascii(message)) {}

  // At most so many bytes, whatever the relay says; 0: any number.
  void limit(std::uint64_t most) { most_ = most; }

  Task<void> begin(std::uint64_t max_size) override {
    return content_.begin(max_size == 0 || most_ == 0 ? std::max(max_size, most_)
                                                      : std::min(max_size, most_));
  }
  std::uint64_t size() const override { return content_.size(); }
  bool eight_bit() const override { return eight_bit_; }
  Task<std::string_view> read() override { return content_.read(); }

 private:
  LongBody& content_;
  bool eight_bit_;
  std::uint64_t most_ = 0;
};

// What relays commonly take that do not say so: Postfix unless told otherwise, those that are careful, and
// those that want no attachments.
constexpr std::array<std::uint64_t, 4> common_limits = {10'000'000, std::uint64_t{1} << 20U,
                                                        std::uint64_t{64} << 10U, std::uint64_t{16} << 10U};

// Whether the relay finds the mail too large (RFC 1870 6, RFC 3463 3.4); not: the mailbox is full.
bool too_large(const smtp::RecipientOutcome& one) {
  if (one.kind != smtp::RecipientOutcome::Kind::refused) return false;
  return (one.answer.starts_with("552") && one.answer.find("5.2.2") == std::string::npos) ||
         one.answer.find(" 5.3.4 ") != std::string::npos;
}

// A token for one login.
Task<Secret> fetch_token(settings::ObjectPtr source, const Log& log) {
  json::array no_arguments;
  const auto answer = co_await source->call("", std::move(no_arguments), "");
  if (!answer) co_return unreachable("smtpToken: " + answer.error().what);
  if (!answer->is_string() || answer->get_string().empty())
    co_return unreachable("smtpToken: " + source->where() + " did not return a text");
  Secret token{std::string(answer->get_string())};
  log.hide(token);
  co_return token;
}

Task<Secret> known_token(Secret token) {
  co_return token;
}

class MailNotifier final : public Reporter {
 public:
  MailNotifier(Settings settings, Environment env, std::unique_ptr<smtp::Client> client)
      : settings_(std::move(settings)), env_(env), client_(std::move(client)) {}

  Needs needs() const override {
    Needs needs = notice_needs(settings_.notice);
    needs.sent = {settings_.add_logs, settings_.max_log_size, true};
    needs.steps = needs.steps || settings_.add_logs.any();
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    Writer writer(settings_, env_, details);
    if (details.kind == EventKind::worker_missing) co_return co_await writer.worker();
    co_return co_await writer.builds();
  }

  bool sums_up() const override { return true; }

  std::vector<std::string> told_by(const Delivery& delivery) const override {
    const auto envelope = parse_payload(delivery.payload);
    return envelope ? envelope->recipients : Reporter::told_by(delivery);
  }

  // Its header stays as it is: who is left out is told later, or not at all.
  Delivery only_for(Delivery delivery, const std::vector<std::string>& told) const override {
    const auto envelope = parse_payload(delivery.payload);
    if (!envelope) return delivery;
    std::string payload = to_payload(envelope->from, told, envelope->message, envelope->texts);
    for (PayloadFile& file : delivery.files)
      file.at = file.at + payload.size() - delivery.payload.size();
    delivery.payload = std::move(payload);
    delivery.target = joined(told, ", ");
    return delivery;
  }

  Task<Receipt> send(const Delivery& delivery) override {
    auto envelope = parse_payload(delivery.payload);
    if (!envelope) co_return rejected("the stored mail cannot be read");
    smtp::Mail mail;
    mail.from = std::move(envelope->from);
    mail.data = envelope->message;
    if (auto head = ascii_head(envelope->message)) {
      mail.ascii_head = std::move(head->text);
      mail.head_size = head->instead_of;
    }
    for (std::string& recipient : envelope->recipients) {
      const bool settled = std::ranges::find(delivery.settled, recipient) != delivery.settled.end();
      if (!settled) mail.recipients.push_back(std::move(recipient));
    }
    if (mail.recipients.empty()) {
      Receipt receipt;
      receipt.answer = "every recipient is settled";
      co_return receipt;
    }
    if (!delivery.files.empty() || !envelope->texts.empty())
      co_return co_await send_with_attachments(delivery, *envelope, std::move(mail));
    auto outcome = co_await client_->send(mail);
    if (!outcome) co_return not_sent(std::move(outcome.error()));
    co_return to_receipt(std::move(*outcome));
  }

  Shown show(const Delivery& delivery) const override {
    const auto envelope = parse_payload(delivery.payload);
    if (!envelope) return Reporter::show(delivery);
    Shown shown;
    shown.how = "SMTP to " + settings_.relay.host + ":" + std::to_string(settings_.relay.port) + ", from " +
                envelope->from + " for";
    for (const std::string& recipient : envelope->recipients)
      shown.how += " " + recipient;
    shown.form = Shown::Form::mail;
    shown.content =
        with_stand_ins(envelope->message, delivery.files, delivery.payload.size() - envelope->message.size(),
                       [](const std::string& line) { return base64_lines(line + "\r\n"); });
    return shown;
  }

  // Reporters that log in alike pause together when the password is refused.
  std::string account() const override {
    const smtp::Relay& relay = settings_.relay;
    if (relay.user.empty()) return {};
    return account_name("smtp", "smtp://" + relay.host + ":" + std::to_string(relay.port),
                        Secret(relay.user + "\n" + relay.password.reveal()));
  }

  // More than the connections to the relay: those need not wait until an outcome is on disk.
  std::size_t concurrency() const override { return 64; }

  // Greylisting and full mailboxes pass, but slowly.
  Millis give_up_after() const override { return Millis{5} * 24 * 3600 * 1000; }

 private:
  tl::unexpected<Failure> not_sent(Failure failure) const {
    // Nothing goes out until somebody changes something.
    if (failure.kind == Failure::Kind::throttled) {
      env_.log.error(
          "mail",
          failure.what + "; mend smtpUser and smtpPassword and reload, or the relay and `carillon resume`");
    }
    return failed(std::move(failure));
  }

  // Attachments are cut to what the relay takes, and files read from the spool while the mail is sent.
  Task<Receipt> send_with_attachments(const Delivery& delivery, const Envelope& envelope, smtp::Mail mail) {
    std::vector<PayloadFile> files = delivery.files;
    for (PayloadFile& file : files)
      file.at -= std::min<std::uint64_t>(file.at, delivery.payload.size() - envelope.message.size());
    LongBody content(env_.spool, envelope.message, std::move(files), LongBody::Encoding::base64,
                     envelope.texts);
    auto opened = co_await content.open();
    if (!opened) co_return tl::unexpected(opened.error());
    Body body(content, envelope.message);
    mail.data = {};
    mail.body = &body;
    auto outcome = co_await client_->send(mail);
    if (!outcome) co_return not_sent(std::move(outcome.error()));
    for (const std::uint64_t limit : common_limits) {
      mail.recipients.clear();
      for (const smtp::RecipientOutcome& one : outcome->recipients) {
        if (too_large(one)) mail.recipients.push_back(one.address);
      }
      if (mail.recipients.empty()) break;
      if (content.size() <= limit) continue;
      body.limit(limit);
      auto smaller = co_await client_->send(mail);
      if (!smaller) {
        for (smtp::RecipientOutcome& one : outcome->recipients) {
          if (!too_large(one)) continue;
          one.kind = smtp::RecipientOutcome::Kind::retry;
          one.answer = smaller.error().what;
        }
        break;
      }
      outcome->answer = smaller->answer;
      for (smtp::RecipientOutcome& one : smaller->recipients) {
        const auto before =
            std::ranges::find(outcome->recipients, one.address, &smtp::RecipientOutcome::address);
        if (before != outcome->recipients.end()) *before = std::move(one);
      }
    }
    Receipt receipt = to_receipt(std::move(*outcome));
    if (!content.lost().empty())
      receipt.answer += "; without logs that are not kept any more: " + joined(content.lost(), ", ");
    if (!content.cut().empty()) {
      receipt.answer += "; attachments cut to what the relay takes: " + joined(content.cut(), ", ");
    }
    co_return receipt;
  }

  Settings settings_;
  Environment env_;
  std::unique_ptr<smtp::Client> client_;
};

}  // namespace

settings::Schema schema() {
  const Value no{false};
  const Value yes{true};
  const Value none{};
  settings::Schema schema;
  schema.name = "MailNotifier";
  schema.modules = {"buildbot.reporters.mail"};
  schema.methods = {"getResponsibleUsersForBuild", "createEmail", "processRecipients"};
  schema.arguments = {
      {.name = "fromaddr", .types = {Type::string}, .required = true, .doc = "address in From"},
      notice_argument("mode"),
      notice_argument("tags"),
      notice_argument("builders"),
      {.name = "addLogs",
       .types = {Type::boolean, Type::strings},
       .fallback = no,
       .doc = "attach all logs, or those named \"log\" or \"step.log\""},
      {.name = "relayhost",
       .types = {Type::string},
       .fallback = Value{std::string("localhost")},
       .doc = "SMTP server"},
      notice_argument("buildSetSummary"),
      notice_argument("subject"),
      {.name = "lookup",
       .types = {Type::string, Type::object},
       .doc = "domain, or object whose getAddress knows users"},
      {.name = "extraRecipients", .types = {Type::strings}, .doc = "always told"},
      {.name = "sendToInterestedUsers",
       .types = {Type::boolean},
       .fallback = yes,
       .doc = "tell authors and owners"},
      notice_argument("messageFormatter"),
      {.name = "extraHeaders",
       .types = {Type::dict},
       .doc = "further headers; names and values may be renderables"},
      {.name = "addPatch",
       .types = {Type::boolean},
       .fallback = yes,
       .doc = "attach the patches of try builds"},
      {.name = "useTls", .types = {Type::boolean}, .fallback = no, .doc = "require STARTTLS"},
      {.name = "useSmtps", .types = {Type::boolean}, .fallback = no, .doc = "TLS from the first byte"},
      {.name = "smtpUser", .types = {Type::secret}, .doc = "user name for AUTH"},
      {.name = "smtpPassword", .types = {Type::secret}, .doc = "password for AUTH"},
      {.name = "smtpPort",
       .types = {Type::integer},
       .fallback = Value{std::int64_t{25}},
       .doc = "port of the SMTP server"},
      notice_argument("schedulers"),
      notice_argument("branches"),
      {.name = "watchedWorkers",
       .types = {Type::string, Type::strings},
       .fallback = Value{std::string("all")},
       .doc = "missing workers to report",
       .none_is_value = true},
      notice_argument("messageFormatterMissingWorker"),
      notice_argument("previous"),
      {.name = "verify", .types = {Type::boolean}, .fallback = yes, .doc = "check the relay's certificate"},
      {.name = "caFile", .types = {Type::string}, .doc = "further certificate authorities, PEM"},
      {.name = "smtpToken",
       .types = {Type::secret, Type::callable},
       .doc = "OAuth token for AUTH XOAUTH2, or a function that returns one"},
      {.name = "threading",
       .types = {Type::boolean},
       .fallback = no,
       .doc = "mails about one builder and branch or pull request are one thread"},
      {.name = "maxLogSize",
       .types = {Type::integer},
       .fallback = Value{default_log_size},
       .doc = "bytes of one attachment; more is cut"},
  };
  return schema;
}

std::unique_ptr<Reporter> make(const Arguments& args, Environment env, std::unique_ptr<smtp::Client> client) {
  return std::make_unique<MailNotifier>(read_settings(args), env, std::move(client));
}

std::unique_ptr<Reporter> make(const Arguments& args, Environment env) {
  Settings settings = read_settings(args);
  std::unique_ptr<smtp::Client> client;
  try {
    smtp::Relay relay = settings.relay;
    if (settings.make_token != nullptr) {
      relay.token = [source = settings.make_token, &log = env.log] { return fetch_token(source, log); };
    } else if (!settings.token.empty()) {
      relay.token = [token = settings.token] { return known_token(token); };
    }
    client = smtp::make_client(env.executor, std::move(relay));
  } catch (const std::runtime_error& error) {
    args.fail("caFile", error.what());
  }
  return std::make_unique<MailNotifier>(std::move(settings), env, std::move(client));
}

}  // namespace carillon::reporter::mail
