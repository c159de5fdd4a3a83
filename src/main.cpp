#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  return carillon::cli::main(argc, argv);
}
