// Any text in any place of a letter gives a message of well-formed lines, and a header that can be ASCII.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/text.hpp"
#include "reporter/mail/ascii_head.hpp"
#include "reporter/mail/mime.hpp"

namespace {

// Of a message to somebody whose address is not.
void check_ascii_head(carillon::reporter::mail::Letter letter) {
  using namespace carillon::reporter::mail;
  letter.cc = {letter.to[0], {letter.to[1].name, "j\u00f6rg@example.org"}, letter.to[1]};
  const std::string text = compose(letter).text;
  const auto head = ascii_head(text);
  if (!head || !carillon::is_ascii(head->text)) std::abort();
  if (head->instead_of != text.find("\r\n\r\n") + 4) std::abort();
  if (head->text.find("\r\n\r\n") + 4 != head->text.size()) std::abort();
  std::size_t groups = 0;
  for (std::size_t at = head->text.find(":;"); at != std::string::npos; at = head->text.find(":;", at + 1))
    ++groups;
  if (groups == 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::mail;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto take = [&] {
    const auto end = std::min(input.find('\xff'), input.size());
    std::string piece(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return piece;
  };
  Letter letter;
  letter.from = {take(), "ci@example.org"};
  letter.to = {{take(), "a@example.org"}, {take(), "b@example.org"}};
  letter.subject = take();
  letter.message_id = stable_id(take(), letter.from);
  letter.references = {stable_id(take(), letter.from)};
  std::string name = take();
  letter.extra = {{std::move(name), take()}, {"Reply-To", take()}};
  // An address keeps its UTF-8 in a header.
  auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  for (auto& [field, value] : letter.extra)
    std::erase_if(value, std::not_fn(ascii));
  letter.markup = size % 2 == 0 ? carillon::message::Markup::plain : carillon::message::Markup::html;
  letter.body = take();
  while (!input.empty()) {
    Attachment attachment;
    attachment.filename = take();
    attachment.content = take();
    letter.attachments.push_back(std::move(attachment));
  }
  check_ascii_head(letter);
  const std::string text = compose(letter).text;
  bool header = true;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0' || text[i] == '\n') std::abort();
    if (text[i] == '\r') {
      if (++i == text.size() || text[i] != '\n' || line > 998) std::abort();
      if (line == 0) header = false;
      line = 0;
    } else {
      if (header && static_cast<unsigned char>(text[i]) >= 0x80) std::abort();
      ++line;
    }
  }
  return 0;
}
