#include "reporter/mail/mail.hpp"

#include <algorithm>
#include <stdexcept>

#include "reporter/long_body.hpp"
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

Value text(const char* value) {
  return Value{std::string(value)};
}

settings::List words(std::initializer_list<const char*> list) {
  settings::List out;
  for (const char* word : list)
    out.push_back(text(word));
  return out;
}

Part to_part(smtp::RecipientOutcome outcome) {
  Part part;
  part.name = std::move(outcome.address);
  part.answer = std::move(outcome.answer);
  switch (outcome.kind) {
    case smtp::RecipientOutcome::Kind::delivered:
      part.outcome = Part::Outcome::delivered;
      break;
    case smtp::RecipientOutcome::Kind::retry:
      part.outcome = Part::Outcome::retry;
      break;
    case smtp::RecipientOutcome::Kind::refused:
      part.outcome = Part::Outcome::refused;
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

std::string joined(const std::vector<std::string>& labels) {
  std::string out;
  for (const std::string& label : labels)
    out += (out.empty() ? "" : ", ") + label;
  return out;
}

// A message with files, as the SMTP client reads it.
class Body final : public smtp::Body {
 public:
  Body(LongBody& content, std::string_view message)
      : content_(content),
        eight_bit_(
            std::ranges::any_of(message, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {}

  Task<void> begin(std::uint64_t max_size) override { return content_.begin(max_size); }
  std::uint64_t size() const override { return content_.size(); }
  bool eight_bit() const override { return eight_bit_; }
  Task<std::string_view> read() override { return content_.read(); }

 private:
  LongBody& content_;
  bool eight_bit_;
};

class MailNotifier final : public Reporter {
 public:
  MailNotifier(Settings settings, Environment env, std::unique_ptr<smtp::Client> client)
      : settings_(std::move(settings)), env_(env), client_(std::move(client)) {}

  Needs needs() const override {
    auto wants = [&](const char* what) {
      return settings_.formatter != nullptr && settings_.formatter->attribute(what) == json::value(true);
    };
    auto has = [&](const char* mode) {
      return std::ranges::find(settings_.modes, mode) != settings_.modes.end();
    };
    Needs needs;
    needs.properties = true;  // owner, owners, branch
    needs.logs = wants("wantLogs");
    needs.sent = {settings_.add_logs, settings_.max_log_size, true};
    needs.steps = needs.logs || settings_.add_logs.any() || wants("wantSteps");
    needs.previous_build = has("change") || has("problem");
    needs.changes = true;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Order& order) override {
    Writer writer(settings_, env_, order);
    if (order.kind == EventKind::worker_missing) co_return co_await writer.worker();
    co_return co_await writer.builds();
  }

  Task<Receipt> send(const Delivery& delivery) override {
    auto envelope = parse_payload(delivery.payload);
    if (!envelope) co_return rejected("the stored mail cannot be read");
    smtp::Mail mail;
    mail.from = std::move(envelope->from);
    mail.data = envelope->message;
    for (std::string& recipient : envelope->recipients) {
      const bool settled = std::ranges::find(delivery.settled, recipient) != delivery.settled.end();
      if (!settled) mail.recipients.push_back(std::move(recipient));
    }
    if (mail.recipients.empty()) {
      Receipt receipt;
      receipt.answer = "every recipient is settled";
      co_return receipt;
    }
    if (!delivery.files.empty()) co_return co_await send_long(delivery, *envelope, std::move(mail));
    auto outcome = co_await client_->send(mail);
    if (!outcome) co_return tl::unexpected(outcome.error());
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

  // More than the connections to the relay: those need not wait until an outcome is on disk.
  std::size_t concurrency() const override { return 64; }

  // Greylisting and full mailboxes pass, but slowly.
  Millis give_up_after() const override { return Millis{5} * 24 * 3600 * 1000; }

 private:
  // A mail with files: read from the spool while it is sent.
  Task<Receipt> send_long(const Delivery& delivery, const Envelope& envelope, smtp::Mail mail) {
    if (env_.spool == nullptr) co_return unreachable("there is no spool");
    std::vector<PayloadFile> files = delivery.files;
    for (PayloadFile& file : files)
      file.at -= std::min<std::uint64_t>(file.at, delivery.payload.size() - envelope.message.size());
    LongBody content(*env_.spool, envelope.message, std::move(files), LongBody::Encoding::base64);
    auto opened = co_await content.open();
    if (!opened) co_return tl::unexpected(opened.error());
    Body body(content, envelope.message);
    mail.data = {};
    mail.body = &body;
    auto outcome = co_await client_->send(mail);
    if (!outcome) co_return tl::unexpected(outcome.error());
    Receipt receipt = to_receipt(std::move(*outcome));
    if (!content.lost().empty())
      receipt.answer += "; without logs that are not kept any more: " + joined(content.lost());
    if (!content.cut().empty()) {
      receipt.answer += "; attachments cut to what the relay takes: " + joined(content.cut());
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
  schema.methods = {"getResponsibleUsersForBuild"};
  schema.arguments = {
      {"fromaddr", {Type::string}, true, none, "address in From"},
      {"mode",
       {Type::string, Type::strings},
       false,
       Value{words({"failing", "passing", "warnings"})},
       "which builds are reported"},
      {"tags", {Type::strings}, false, none, "only builders with one of these tags"},
      {"builders", {Type::strings}, false, none, "only these builders"},
      {"addLogs",
       {Type::boolean, Type::strings},
       false,
       no,
       "attach all logs, or those named \"log\" or \"step.log\""},
      {"relayhost", {Type::string}, false, text("localhost"), "SMTP server"},
      {"buildSetSummary", {Type::boolean}, false, no, "one mail for a whole buildset"},
      {"subject",
       {Type::string},
       false,
       text("Buildbot %(result)s in %(title)s on %(builder)s"),
       "subject when the formatter has none"},
      {"lookup", {Type::string, Type::object}, false, none, "domain, or object whose getAddress knows users"},
      {"extraRecipients", {Type::strings}, false, none, "always told"},
      {"sendToInterestedUsers", {Type::boolean}, false, yes, "tell authors and owners"},
      {"messageFormatter", {Type::formatter}, false, none, "words the mail"},
      {"extraHeaders", {Type::dict}, false, none, "further headers; names and values may be renderables"},
      {"addPatch", {Type::boolean}, false, yes, "attach the patches of try builds"},
      {"useTls", {Type::boolean}, false, no, "require STARTTLS"},
      {"useSmtps", {Type::boolean}, false, no, "TLS from the first byte"},
      {"smtpUser", {Type::secret}, false, none, "user name for AUTH"},
      {"smtpPassword", {Type::secret}, false, none, "password for AUTH"},
      {"smtpPort", {Type::integer}, false, Value{std::int64_t{25}}, "port of the SMTP server"},
      {"schedulers", {Type::strings}, false, none, "only builds of these schedulers"},
      {"branches", {Type::strings}, false, none, "only builds of these branches"},
      {"watchedWorkers",
       {Type::string, Type::strings},
       false,
       text("all"),
       "missing workers to report",
       true},
      {"messageFormatterMissingWorker",
       {Type::missing_worker_formatter},
       false,
       none,
       "words the mail about a missing worker"},
      {"previous", {Type::string}, false, text("builder"), "what change and problem compare with"},
      {"verify", {Type::boolean}, false, yes, "check the relay's certificate"},
      {"caFile", {Type::string}, false, none, "further certificate authorities, PEM"},
      {"maxLogSize", {Type::integer}, false, Value{default_log_size}, "bytes of one attachment; more is cut"},
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
    client = smtp::make_client(env.executor, settings.relay);
  } catch (const std::runtime_error& error) {
    args.fail("caFile", error.what());
  }
  return std::make_unique<MailNotifier>(std::move(settings), env, std::move(client));
}

}  // namespace carillon::reporter::mail
