// What a bot says, before a medium (IRC, Telegram) renders it. A value, no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "model/results.hpp"

namespace carillon::chat {

// A run of text in one style. `text` may be anything that users or masters made up: the medium escapes it.
struct Span {
  enum class Style {
    plain,  // may hold '\n': the end of a line
    bold,
    italic,
    code,     // the name of a builder, a worker, ...
    link,     // `text` is the label
    outcome,  // words about how a build ended; `results` says which way: a colour or an emoji
  };
  Style style = Style::plain;
  std::string text;
  // Of a link.
  std::string url;
  // Of an outcome.
  std::optional<Results> results;
  // Of an outcome: the medium's shortest form will do.
  bool brief = false;

  friend bool operator==(const Span&, const Span&) = default;
};

class Text {
 public:
  Text() = default;
  explicit Text(std::string_view words) { plain(words); }

  Text& plain(std::string_view words);
  Text& bold(std::string_view words);
  Text& italic(std::string_view words);
  Text& code(std::string_view words);
  // A url that is no web address: plain.
  Text& link(std::string_view label, std::string_view url);
  // "completed successfully", "failed", ...; brief: "Success", "Failure".
  Text& outcome(Results results, bool brief = false);
  Text& append(const Text& other);
  // The same, with a small first letter (ASCII).
  Text in_mid_sentence() const;
  Text& line() { return plain("\n"); }

  const std::vector<Span>& spans() const { return spans_; }
  bool empty() const { return spans_.empty(); }

  // The same, and nobody is called by it (reporter/common/foreign_text.hpp).
  Text without_mentions() const;

  // Without any style; links as their label. For logs, the ledger and tests.
  std::string words() const;

  // What of_json() reads back. A payload of a delivery holds it.
  json::value to_json() const;
  // Failure is nullopt: not what to_json() made.
  static std::optional<Text> of_json(const json::value& value);

  friend bool operator==(const Text&, const Text&) = default;

 private:
  // Joined with the last one where the style is the same.
  Text& add(Span span);
  std::vector<Span> spans_;
};

// "completed successfully", "completed with warnings", "failed", "was skipped", "stopped with exception",
// "has been retried", "was cancelled".
std::string_view outcome_words(Results results);

}  // namespace carillon::chat
