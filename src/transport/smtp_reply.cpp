#include "transport/smtp_reply.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"

namespace carillon::smtp {
namespace {

// RFC 5321 allows 512; some relays send more, and an attacker must not fill our memory.
constexpr std::size_t max_line = 4096;
constexpr std::size_t max_lines = 256;

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::vector<std::string> extension_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (char c : line) {
    // "AUTH=LOGIN" is what some old servers say for "AUTH LOGIN".
    if (c == ' ' || c == '\t' || (c == '=' && words.empty())) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_chars) {
  std::string out = valid_utf8(utf8_prefix(text, max_chars * 4));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return ellipsize(out, max_chars);
}

std::string Reply::text() const {
  std::string all = std::to_string(code);
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    all += ' ';
    all += line;
    if (all.size() > 4096) break;
  }
  return printable(all, 500);
}

void ReplyParser::clear() {
  buffer_.clear();
  partial_ = {};
}

std::optional<Reply> ReplyParser::next() {
  while (error_.empty()) {
    const auto end = buffer_.find('\n');
    if (end == std::string::npos || end > max_line) {
      if (end != std::string::npos || buffer_.size() > max_line) {
        error_ = "a line of more than " + std::to_string(max_line) + " octets: " + printable(buffer_, 60);
      }
      return std::nullopt;
    }
    const auto size = end > 0 && buffer_[end - 1] == '\r' ? end - 1 : end;
    const bool complete = add_line(std::string_view(buffer_).substr(0, size));
    buffer_.erase(0, end + 1);
    if (complete) {
      Reply reply = std::move(partial_);
      partial_ = {};
      return reply;
    }
  }
  return std::nullopt;
}

bool ReplyParser::add_line(std::string_view line) {
  auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  const bool well_formed = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && digit(1) && digit(2) &&
                           (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!well_formed) {
    error_ = "not a reply: " + printable(line, 100);
    return false;
  }
  int code = 0;
  std::from_chars(line.data(), line.data() + 3, code);
  if (!partial_.lines.empty() && code != partial_.code) {
    error_ = "a reply whose code changes from " + std::to_string(partial_.code) + ": " + printable(line, 100);
    return false;
  }
  if (partial_.lines.size() == max_lines) {
    error_ = "a reply of more than " + std::to_string(max_lines) + " lines";
    return false;
  }
  partial_.code = code;
  partial_.lines.emplace_back(line.size() > 4 ? line.substr(4) : std::string_view());
  return line.size() == 3 || line[3] == ' ';
}

Capabilities capabilities_of(const Reply& ehlo) {
  Capabilities out;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {  // the first line greets
    const auto words = extension_words(upper(ehlo.lines[i]));
    if (words.empty()) continue;
    if (words[0] == "PIPELINING") out.pipelining = true;
    if (words[0] == "STARTTLS") out.starttls = true;
    if (words[0] == "8BITMIME") out.eight_bit = true;
    if (words[0] == "SMTPUTF8") out.smtputf8 = true;
    if (words[0] == "SIZE") {
      out.size = true;
      if (words.size() > 1) {
        std::uint64_t size = 0;
        const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), size);
        if (error == std::errc() && end == words[1].data() + words[1].size()) out.max_size = size;
      }
    }
    if (words[0] == "AUTH") {
      const auto offered = [&](const char* mechanism) {
        return std::ranges::find(words, mechanism) != words.end();
      };
      out.auth_plain = out.auth_plain || offered("PLAIN");
      out.auth_login = out.auth_login || offered("LOGIN");
      out.auth_cram_md5 = out.auth_cram_md5 || offered("CRAM-MD5");
      out.auth_xoauth2 = out.auth_xoauth2 || offered("XOAUTH2");
    }
  }
  return out;
}

}  // namespace carillon::smtp
