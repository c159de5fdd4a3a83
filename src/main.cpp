#include "app/command_line.hpp"

int main(int argc, char** argv) {
  return carillon::app::main(argc, argv);
}
