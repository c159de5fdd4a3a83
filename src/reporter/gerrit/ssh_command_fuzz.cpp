// What is said to Gerrit over ssh: its splitter gives every word back as it was, whatever is in it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/gerrit/ssh_command.hpp"

namespace {

using namespace carillon::reporter::gerrit;

// Gerrit's own rules: blanks separate, '...' is literal, a backslash stands before any character outside of
// it.
std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c == '\'') {
        quoted = false;
      } else {
        word += c;
      }
    } else if (c == ' ' || c == '\t') {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      begun = true;
      if (c == '\'') {
        quoted = true;
      } else if (c == '\\') {
        if (++i == line.size()) std::abort();
        word += line[i];
      } else {
        word += c;
      }
    }
  }
  if (quoted) std::abort();
  if (begun) words.push_back(std::move(word));
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text(data + 1, data + size);
  const auto quoted = split(quote(text));
  if (quoted.size() != 1 || quoted.front() != text) std::abort();

  static_cast<void>(parse_version(text));
  const auto version = parse_version("gerrit version " + text);
  if (version && (version->major < 0 || version->minor < 0)) std::abort();

  const Patch patch{"bell/" + text, "abcdef0123"};
  Review review;
  review.message = text;
  review.labels = {{"Verified", 1}, {"Code-Review", -1}, {"Own-Label", 0}};
  for (const Version& of : {Version{2, 5}, Version{2, 6}, Version{3, 9}}) {
    std::vector<std::string> left_out;
    const auto words = split(review_command(of, patch, review, "OWNER", left_out));
    if (words.size() < 4 || words[0] != "gerrit" || words[1] != "review") std::abort();
    const auto project = std::find(words.begin(), words.end(), patch.project);
    if (project == words.begin() || project == words.end() || *(project - 1) != "--project") std::abort();
    const std::string message = text.starts_with('-') ? "--message=" + text : text;
    if (std::find(words.begin(), words.end(), message) == words.end()) std::abort();
    if (std::find(words.begin(), words.end(), patch.revision) == words.end()) std::abort();
  }
  static_cast<void>(split(comments_command(patch)));
  static_cast<void>(has_comment(text, patch, "carillon", "message", 0));
  carillon::process::Ended ended;
  ended.code = data[0];
  ended.err = text;
  const auto judged = judge(ended);
  if (judged.has_value() != (ended.code == 0)) std::abort();
  if (!judged && judged.error().what.find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
