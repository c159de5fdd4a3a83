#include "reporter/mail/mime.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "reporter/mail/body_text.hpp"
#include "reporter/mail/header_text.hpp"

namespace carillon::reporter::mail {
namespace {

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

constexpr std::array<std::string_view, 9> own_fields = {
    "from", "to", "cc", "subject", "date", "message-id", "mime-version", "bcc", "return-path"};
constexpr std::array<std::string_view, 8> address_fields = {
    "reply-to",          "sender",      "errors-to", "mail-followup-to", "disposition-notification-to",
    "return-receipt-to", "resent-from", "resent-to"};

// `A <a@x>, b@y` as addresses; nullopt when a part of it is none.
std::optional<std::vector<Address>> parse_list(std::string_view text) {
  std::vector<Address> out;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i < text.size() && (text[i] != ',' || quoted)) continue;
    auto address = parse_address(text.substr(begin, i - begin));
    if (!address) return std::nullopt;
    out.push_back(std::move(*address));
    begin = i + 1;
  }
  return out;
}

std::string extra_field(std::string_view name, std::string_view value) {
  if (one_of(address_fields, lower(name))) {
    if (const auto list = parse_list(fold_to_line(value))) return address_field(name, *list);
  }
  return text_field(name, value);
}

// Of the sender, where it can stand in an identifier.
std::string domain_for_ids(const Address& from) {
  std::string domain;
  const auto at = from.address.rfind('@');
  if (at != std::string::npos) domain = from.address.substr(at + 1);
  const bool usable = !domain.empty() && domain.size() <= 200 && std::ranges::all_of(domain, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return usable ? domain : "localhost";
}

class Composer {
 public:
  explicit Composer(const Letter& letter) : letter_(letter) {}

  Composed compose() {
    std::string& out = composed_.text;
    out += "Date: " + date_text(letter_.date) + "\r\n";
    out += address_field("From", {letter_.from});
    if (!letter_.to.empty()) out += address_field("To", letter_.to);
    if (!letter_.cc.empty()) out += address_field("CC", letter_.cc);
    out += text_field("Subject", letter_.subject);
    out += id_field("Message-ID", {letter_.message_id});
    if (!letter_.references.empty()) {
      if (!replaced("in-reply-to")) out += id_field("In-Reply-To", {letter_.references.back()});
      if (!replaced("references")) out += id_field("References", letter_.references);
    }
    if (!letter_.list.address.empty() && !replaced("list-id"))
      out += address_field("List-Id", {letter_.list});
    if (!replaced("auto-submitted")) out += "Auto-Submitted: auto-generated\r\n";  // RFC 3834 5
    add_extra();
    out += "MIME-Version: 1.0\r\n";
    add_content();
    return std::move(composed_);
  }

 private:
  bool replaced(std::string_view name) const {
    return std::ranges::any_of(letter_.extra, [&](const auto& field) { return lower(field.first) == name; });
  }

  void add_extra() {
    std::vector<std::string> seen;
    for (const auto& [name, value] : letter_.extra) {
      const std::string key = lower(name);
      if (!valid_field_name(name)) {
        composed_.notes.push_back("header left out, its name is not possible: " +
                                  ellipsize(fold_to_line(valid_utf8(name)), 80));
      } else if (one_of(own_fields, key) || key.starts_with("content-") ||
                 std::ranges::count(seen, key) > 0) {
        composed_.notes.push_back("header left out, the message has it already: " + name);
      } else {
        composed_.text += extra_field(name, value);
        seen.push_back(key);
      }
    }
  }

  void add_content() {
    std::string& out = composed_.text;
    Encoded body = encode_text(normalise_text(letter_.body));
    const std::string type = letter_.markup == message::Markup::html ? "text/html" : "text/plain";
    std::string head = "Content-Type: " + type + "; charset=\"utf-8\"\r\n";
    head.append("Content-Transfer-Encoding: ").append(body.encoding).append("\r\n\r\n");
    if (letter_.attachments.empty()) {
      out += head;
      out += body.text;
      return;
    }
    const std::string boundary = boundary_for(body.text);
    out += "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n";
    out += "--" + boundary + "\r\n" + head;
    out += body.text;
    for (const Attachment& one : letter_.attachments) {
      out += "\r\n--" + boundary + "\r\n";
      out += "Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n";
      out += "Content-Disposition: attachment" + parameter("filename", one.filename) + "\r\n\r\n";
      if (one.file) {
        composed_.files.push_back(
            {one.file->name, one.file->size, one.file->escaped, out.size(), one.most, one.filename});
      } else {
        const std::string lines = base64_lines(one.content);
        composed_.texts.push_back({out.size(), lines.size(), one.filename});
        out += lines;
      }
    }
    out += "\r\n--" + boundary + "--\r\n";
  }

  // Attachments are base64 and cannot hold a boundary; the body can, by accident or not.
  std::string boundary_for(std::string_view body) const {
    std::string boundary;
    for (int i = 0; boundary.empty() || body.find("--" + boundary) != std::string_view::npos; ++i) {
      boundary = "=_carillon_" + short_hash(letter_.message_id + "/" + std::to_string(i));
    }
    return boundary;
  }

  const Letter& letter_;
  Composed composed_;
};

}  // namespace

Composed compose(const Letter& letter) {
  return Composer(letter).compose();
}

std::string date_text(Millis at) {
  static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = at / 1000;
  std::tm time{};
  gmtime_r(&seconds, &time);
  std::array<char, 32> clock{};
  std::strftime(clock.data(), clock.size(), "%H:%M:%S +0000", &time);
  std::string day = std::to_string(time.tm_mday);
  if (day.size() < 2) day.insert(0, "0");
  return std::string(days[static_cast<std::size_t>(time.tm_wday)]) + ", " + day + " " +
         months[static_cast<std::size_t>(time.tm_mon)] + " " + std::to_string(time.tm_year + 1900) + " " +
         clock.data();
}

std::string stable_id(std::string_view seed, const Address& from) {
  const std::string text(seed);
  return "carillon." + short_hash(text) + short_hash("2:" + text) + "@" + domain_for_ids(from);
}

Address list_of(std::string_view title, const Address& from) {
  std::string label;
  for (const char c : title) {
    const char small = lower(c);
    const bool plain = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
    if (plain) label += small;
    if (!plain && !label.empty() && label.back() != '-') label += '-';
    if (label.size() == 40) break;
  }
  while (label.ends_with('-'))
    label.pop_back();
  if (label.empty()) label = "builds";
  return {std::string(title), label + ".carillon." + domain_for_ids(from)};
}

}  // namespace carillon::reporter::mail
