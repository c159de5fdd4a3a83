// Whoever sits at the command line: who it is, what is answered, and when it is enough (Ctrl-C).
#pragma once

#include <chrono>
#include <string>

namespace carillon::cli {

// For the audit log: "alice (command line)", also of who became another by sudo; a user without a name by
// number.
std::string user_of_command();

// Asks on standard error, and reads a line of standard input: whether it says yes.
bool says_yes(const std::string& question);

// From here on SIGINT and SIGTERM do not end the process, but are told by interrupted().
void watch_interrupts();
bool interrupted();
// Waits so long, or until somebody interrupts. Whether nobody did.
bool wait_for(std::chrono::milliseconds time);

}  // namespace carillon::cli
