#include "reporter/irc/irc_line.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/encoding.hpp"

namespace carillon::reporter::irc {
namespace {

bool breaks_lines(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  skip_spaces(text);
  return word;
}

std::string unescape(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      out += value[i];
      continue;
    }
    if (++i == value.size()) break;
    switch (value[i]) {
      case ':':
        out += ';';
        break;
      case 's':
        out += ' ';
        break;
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      default:
        out += value[i];
    }
  }
  return out;
}

std::string escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    switch (c) {
      case ';':
        out += "\\:";
        break;
      case ' ':
        out += "\\s";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\0':
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::map<std::string, std::string> parse_tags(std::string_view text) {
  std::map<std::string, std::string> tags;
  while (!text.empty()) {
    const std::string_view tag = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(tag.size() + 1, text.size()));
    const auto equals = tag.find('=');
    const std::string_view key = tag.substr(0, equals);
    if (key.empty()) continue;
    tags[std::string(key)] = equals == std::string_view::npos ? "" : unescape(tag.substr(equals + 1));
  }
  return tags;
}

void check_middle(std::string_view text) {
  if (!is_middle(text)) throw std::logic_error("irc: a text that cannot be said in a line");
}

std::string without_breaks(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), breaks_lines, ' ');
  return out;
}

}  // namespace

std::string_view Line::param(std::size_t index) const {
  return index < params.size() ? std::string_view(params[index]) : std::string_view();
}

std::optional<Line> parse(std::string_view text) {
  Line line;
  skip_spaces(text);
  if (text.starts_with('@')) {
    line.tags = parse_tags(take_word(text).substr(1));
  }
  if (text.starts_with(':')) line.source = take_word(text).substr(1);
  line.command = take_word(text);
  if (line.command.empty()) return std::nullopt;
  while (!text.empty()) {
    if (text.starts_with(':')) {
      line.params.emplace_back(text.substr(1));
      break;
    }
    line.params.emplace_back(take_word(text));
  }
  return line;
}

std::string format(const Line& line) {
  std::string tags;
  for (const auto& [key, value] : line.tags) {
    check_middle(key);
    tags += (tags.empty() ? "@" : ";") + key + (value.empty() ? "" : "=" + escape(value));
  }
  if (!tags.empty()) tags += ' ';
  std::string text;
  if (!line.source.empty()) {
    check_middle(line.source);
    text += ":" + line.source + " ";
  }
  check_middle(line.command);
  text += line.command;
  for (std::size_t i = 0; i < line.params.size(); ++i) {
    const std::string& param = line.params[i];
    if (i + 1 < line.params.size()) {
      check_middle(param);
      text += " " + param;
    } else {
      text += (is_middle(param) ? " " : " :") + without_breaks(param);
    }
  }
  return tags + std::string(utf8_prefix(text, max_line - 2)) + "\r\n";
}

std::string format(std::string_view command, std::vector<std::string> params) {
  Line line;
  line.command = command;
  line.params = std::move(params);
  return format(line);
}

bool is_middle(std::string_view text) {
  return !text.empty() && text.front() != ':' &&
         std::none_of(text.begin(), text.end(), [](char c) { return c == ' ' || breaks_lines(c); });
}

Source source_of(std::string_view text) {
  Source source;
  const auto at = text.find('@');
  const std::string_view names = text.substr(0, at);
  if (at != std::string_view::npos) source.host = text.substr(at + 1);
  const auto bang = names.find('!');
  source.nick = names.substr(0, bang);
  if (bang != std::string_view::npos) source.user = names.substr(bang + 1);
  return source;
}

void LineReader::add(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

std::optional<std::string> LineReader::next() {
  for (;;) {
    const auto end = buffer_.find('\n', begin_);
    if (end == std::string::npos) {
      if (buffer_.size() - begin_ > longest) dropping_ = true;
      if (dropping_) {
        buffer_.clear();
        begin_ = 0;
      }
      return std::nullopt;
    }
    std::string line = buffer_.substr(begin_, end - begin_);
    begin_ = end + 1;
    if (std::exchange(dropping_, false) || line.size() > longest) continue;
    while (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (!line.empty()) return line;
  }
}

}  // namespace carillon::reporter::irc
