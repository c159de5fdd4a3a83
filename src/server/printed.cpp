#include "server/printed.hpp"

#include <iostream>

#include "base/terminal.hpp"

namespace carillon::server {

void print_redacted(const Redactor& redactor, std::string_view line) {
  std::cerr << printable_lines(redactor(line) + "\n");
}

}  // namespace carillon::server
