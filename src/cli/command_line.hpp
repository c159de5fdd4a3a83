// What users type.
#pragma once

namespace carillon::cli {

// Parses the command line and runs the command. Exit codes: 0 fine; 1 it did not work (the reason is on
// standard error); 2 wrong usage. Leaves by _exit where Python was started, so it may not return.
int main(int argc, char** argv);

}  // namespace carillon::cli
