#include "chat/text.hpp"

#include <array>

#include "model/members.hpp"
#include "reporter/common/foreign_text.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::chat {
namespace {

using Style = Span::Style;

struct NamedStyle {
  Style style;
  std::string_view word;
};
constexpr std::array<NamedStyle, 6> style_words = {{{Style::plain, "plain"},
                                                    {Style::bold, "bold"},
                                                    {Style::italic, "italic"},
                                                    {Style::code, "code"},
                                                    {Style::link, "link"},
                                                    {Style::outcome, "outcome"}}};

std::string_view word_of(Style style) {
  for (const NamedStyle& named : style_words) {
    if (named.style == style) return named.word;
  }
  return "plain";
}

std::optional<Style> style_from(std::string_view word) {
  for (const NamedStyle& named : style_words) {
    if (named.word == word) return named.style;
  }
  return std::nullopt;
}

std::string_view brief_words(Results results) {
  switch (results) {
    case Results::success:
      return "Success";
    case Results::warnings:
      return "Warnings";
    case Results::failure:
      return "Failure";
    case Results::skipped:
      return "Skipped";
    case Results::exception:
      return "Exception";
    case Results::retry:
      return "Retry";
    case Results::cancelled:
      return "Cancelled";
  }
  return "";
}

bool joins(Style style) {
  return style == Style::plain || style == Style::bold || style == Style::italic;
}

std::optional<Span> span_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  Span span;
  const auto text = string_at(*object, "text");
  const auto style = style_from(string_at(*object, "style").value_or("plain"));
  if (!text || !style) return std::nullopt;
  span.style = *style;
  span.text = *text;
  span.url = string_at(*object, "url").value_or("");
  span.results = results_at(*object);
  const json::value* brief = object->if_contains("brief");
  span.brief = brief != nullptr && *brief == json::value(true);
  if (span.style == Style::outcome && !span.results) return std::nullopt;
  return span;
}

}  // namespace

std::string_view outcome_words(Results results) {
  switch (results) {
    case Results::success:
      return "completed successfully";
    case Results::warnings:
      return "completed with warnings";
    case Results::failure:
      return "failed";
    case Results::skipped:
      return "was skipped";
    case Results::exception:
      return "stopped with exception";
    case Results::retry:
      return "has been retried";
    case Results::cancelled:
      return "was cancelled";
  }
  return "";
}

Text& Text::add(Span span) {
  if (span.text.empty()) return *this;
  if (span.style == Style::link && !reporter::is_http_url(span.url)) {
    span.style = Style::plain;
    span.url.clear();
  }
  if (!spans_.empty() && spans_.back().style == span.style && joins(span.style)) {
    spans_.back().text += span.text;
  } else {
    spans_.push_back(std::move(span));
  }
  return *this;
}

Text& Text::plain(std::string_view words) {
  return add({.style = Style::plain, .text = std::string(words)});
}

Text& Text::bold(std::string_view words) {
  return add({.style = Style::bold, .text = std::string(words)});
}

Text& Text::italic(std::string_view words) {
  return add({.style = Style::italic, .text = std::string(words)});
}

Text& Text::code(std::string_view words) {
  return add({.style = Style::code, .text = std::string(words)});
}

Text& Text::link(std::string_view label, std::string_view url) {
  return add({.style = Style::link, .text = std::string(label), .url = std::string(url)});
}

Text& Text::outcome(Results results, bool brief) {
  const std::string_view words = brief ? brief_words(results) : outcome_words(results);
  return add({.style = Style::outcome, .text = std::string(words), .results = results, .brief = brief});
}

Text& Text::append(const Text& other) {
  for (const Span& span : other.spans_)
    add(span);
  return *this;
}

Text Text::without_mentions() const {
  Text text = *this;
  for (Span& span : text.spans_)
    span.text = reporter::without_mentions(span.text);
  return text;
}

Text Text::in_mid_sentence() const {
  Text text = *this;
  if (text.spans_.empty()) return text;
  char& first = text.spans_.front().text.front();
  if (first >= 'A' && first <= 'Z') first = static_cast<char>(first - 'A' + 'a');
  return text;
}

std::string Text::words() const {
  std::string words;
  for (const Span& span : spans_)
    words += span.text;
  return words;
}

json::value Text::to_json() const {
  json::array spans;
  for (const Span& span : spans_) {
    json::object one{{"text", span.text}};
    if (span.style != Style::plain) one["style"] = word_of(span.style);
    if (!span.url.empty()) one["url"] = span.url;
    if (span.results) one["results"] = static_cast<int>(*span.results);
    if (span.brief) one["brief"] = true;
    spans.push_back(std::move(one));
  }
  return spans;
}

std::optional<Text> Text::of_json(const json::value& value) {
  const json::array* spans = value.if_array();
  if (spans == nullptr) return std::nullopt;
  Text text;
  for (const json::value& one : *spans) {
    auto span = span_of(one);
    if (!span) return std::nullopt;
    text.add(std::move(*span));
  }
  return text;
}

}  // namespace carillon::chat
