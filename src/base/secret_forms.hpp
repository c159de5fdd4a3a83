// Finds secrets in texts, whatever became of them on the way. Pure; see Redactor for what is found.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

class SecretForms {
 public:
  // Without 4 bytes that are no blanks it would blot out innocent text, and is left alone.
  void add(std::string_view secret);
  // The text with "***" for each secret; of base64 all that is joined to it goes.
  std::string redacted(std::string_view text) const;

 private:
  // One character of a secret, or a byte of what is no UTF-8, or a run of line ends.
  struct Unit {
    std::string bytes;
    std::uint32_t code = 0;
    // false: a byte that is no UTF-8.
    bool is_text = true;
    // CR, LF and NUL.
    bool is_break = false;
  };
  struct Needle {
    std::string text;
    std::vector<Unit> units;
    bool base64 = false;
  };
  // Where a needle that begins at some place of a text ends.
  struct Found {
    // 0: it does not begin there.
    std::size_t end = 0;
    bool base64 = false;
  };

  void add_needle(std::string_view text, bool base64);
  void add_parts_of_url(std::string_view url);
  void add_base64(std::string_view secret);
  Found find_at(std::string_view text, std::size_t at) const;
  static std::size_t match(std::string_view text, std::size_t at, const Needle& needle);
  static std::size_t cut_end(std::string_view text, std::size_t at);
  static void add_ends(std::string_view text, std::size_t at, const Unit& unit,
                       std::vector<std::size_t>& ends);

  std::vector<Needle> needles_;
  // Needles whose first byte it is.
  std::array<std::vector<std::size_t>, 256> by_first_;
};

}  // namespace carillon
