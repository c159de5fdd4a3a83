#include "app/printed.hpp"

#include <iostream>

#include "app/terminal.hpp"

namespace carillon::app {

void print_redacted(const Redactor& redactor, std::string_view line) {
  std::cerr << printable_lines(redactor(line) + "\n");
}

}  // namespace carillon::app
