// No secret stays in a text that is redacted, in none of the forms that it may have got on its way, and a
// text without secrets stays as it is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "base/visible.hpp"

namespace {

std::string hex(char c, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  return {digits[byte >> 4U], digits[byte & 15U]};
}

// Each character in a form of its own, as the choices say.
std::string mixed(std::string_view secret, const std::string& choices) {
  std::string out;
  for (std::size_t i = 0; !secret.empty(); ++i) {
    const std::string_view one = carillon::first_character(secret);
    secret.remove_prefix(one.size());
    const bool ascii = carillon::is_ascii(one);
    switch (choices.empty() ? 0 : static_cast<std::uint8_t>(choices[i % choices.size()]) % 6) {
      case 1:
      case 2:
        for (const char c : one)
          out += "%" + hex(c, choices.size() % 2 == 0);
        break;
      case 3:
        out += ascii ? "\\u00" + hex(one.front(), false) : std::string(one);
        break;
      case 4:
        out += ascii ? "&#" + std::to_string(static_cast<int>(one.front())) + ";" : std::string(one);
        break;
      case 5:
        out += one == " " ? "+" : std::string(one);
        break;
      default:
        out += one;
    }
  }
  return out;
}

std::string json_text(const std::string& text) {
  const std::string quoted = carillon::json::serialize(carillon::json::string(text));
  return quoted.substr(1, quoted.size() - 2);
}

std::string lower_percent(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (std::size_t j = i + 1; j < i + 3; ++j)
      if (text[j] >= 'A' && text[j] <= 'F') text[j] = static_cast<char>(text[j] + ('a' - 'A'));
  }
  return text;
}

bool is_valid(const std::string& text) {
  return carillon::valid_utf8(text) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 3) return 0;
  const std::string input(data + 2, data + size);
  const std::size_t cut = data[0] % (input.size() + 1);
  const std::string secret = input.substr(0, cut);
  const std::string text = input.substr(cut);
  Redactor redactor;
  redactor.add(secret);
  redactor.add("hush-hush");
  const std::string innocent = redactor(text);
  if (innocent.find("hush-hush") != std::string::npos) std::abort();
  std::size_t letters = 0;
  for (const char c : secret)
    letters += c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0' ? 0 : 1;
  const bool known = letters >= 4;
  if (!known) {
    // How the other one begins, in all its forms.
    bool like_the_other = false;
    for (const char* beginning : {"hu", "%", "\\", "&", "aHV", "h1c", "odX"})
      like_the_other = like_the_other || text.find(beginning) != std::string::npos;
    if (!like_the_other && innocent != text) std::abort();
    return 0;
  }
  // Stars of the secret's own may meet those that stand for another one.
  if (secret.find('*') != std::string::npos) return 0;
  std::vector<std::string> forms = {secret, percent_encode(secret), lower_percent(percent_encode(secret)),
                                    mixed(secret, text)};
  if (is_valid(secret)) {
    forms.push_back(json_text(secret));
    forms.push_back(escape_html(secret));
    if (fold_to_line(secret).size() >= 4) forms.push_back(fold_to_line(secret));
  }
  for (const std::string& form : forms) {
    for (const std::string& whole : {form, text + form + text, "x" + form + "hush-hush"}) {
      const std::string shown = redactor(whole);
      if (shown.find("***") == std::string::npos || shown.find(form) != std::string::npos) std::abort();
    }
  }
  if (secret.size() < 7) return 0;
  for (const char* user : {"", "u", "us", "use:", "somebody:"}) {
    const std::string form = base64_encode(user + secret);
    if (redactor("Basic " + form).find(form.substr(form.size() / 2)) != std::string::npos) std::abort();
  }
  if (secret.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return 0;
  const std::string short_form = ellipsize(valid_utf8(secret), characters(secret) - 1);
  if (is_valid(secret) && trim(secret) == secret && short_form.size() > 8 && short_form.ends_with("\u2026") &&
      redactor(short_form) != "***\u2026" && secret.find("\u2026") == std::string::npos)
    std::abort();
  return 0;
}
