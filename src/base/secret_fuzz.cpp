// No secret stays in a text that is redacted, in none of its forms, and one without secrets stays as it is.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "base/secret.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size < 2) return 0;
  const std::string input(data + 1, data + size);
  const std::size_t cut = data[0] % (input.size() + 1);
  const std::string secret = input.substr(0, cut);
  const std::string text = input.substr(cut);
  Redactor redactor;
  redactor.add(secret);
  redactor.add("hush-hush");
  for (const std::string& form : {secret, percent_encode(secret), base64_encode(secret)}) {
    const std::string shown = redactor(text + form + text + "hush-hush");
    if (shown.find("hush-hush") != std::string::npos) std::abort();
    // Stars of the secret's own may meet those that stand for another one.
    if (secret.size() >= 4 && secret.find('*') == std::string::npos && shown.find(form) != std::string::npos)
      std::abort();
  }
  const bool holds_the_other =
      text.find("hush") != std::string::npos || text.find("aHVz") != std::string::npos;
  if (secret.size() < 4 && !holds_the_other && redactor(text) != text) std::abort();
  return 0;
}
