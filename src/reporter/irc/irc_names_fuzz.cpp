// What a server says of itself and of who is there, and how names compare.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/irc/irc_members.hpp"
#include "reporter/irc/irc_names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::irc;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto take = [&](char separator) {
    const auto end = std::min(input.find(separator), input.size());
    std::string piece(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return piece;
  };
  Support support;
  std::vector<std::string> tokens;
  std::string line = take('\n');
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(' ', at), line.size());
    tokens.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  support.read(tokens);
  Members members;
  members.open("#a");
  while (!input.empty()) {
    const std::string word = take('\n');
    for (const CaseMapping mapping :
         {CaseMapping::ascii, CaseMapping::rfc1459, CaseMapping::strict_rfc1459}) {
      const std::string folded = fold(word, mapping);
      if (folded.size() != word.size() || fold(folded, mapping) != folded) std::abort();
    }
    if (is_channel_name(word) && word.find_first_of(std::string_view(" ,\r\n\0\a", 6)) != std::string::npos)
      std::abort();
    if (is_nick(word) && word.find_first_of(std::string_view(" !@*\r\n\0", 7)) != std::string::npos)
      std::abort();
    members.listed("#a", word, support);
    members.mode("#a", {word, "ann", "ann", "ann"}, support);
    members.joined("#a", support.folded("ann"));
    members.renamed(support.folded("ann"), support.folded(word));
    if (const auto symbols = members.symbols("#a", support.folded(word)))
      static_cast<void>(support.is_operator(*symbols));
    members.account(support.folded(word), word);
    members.quit(support.folded(word));
    if (members.shares_channel(support.folded(word))) std::abort();
  }
  members.close("#a");
  if (members.shares_channel("ann") || members.account("ann")) std::abort();
  return 0;
}
