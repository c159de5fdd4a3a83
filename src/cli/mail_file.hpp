// A mail as a file that mail programs open.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::cli {

// Writes the message to the file, or to a new temporary one that only this user can read. number: 0 for the
// first mail of a command; others get a name of their own beside it. Returns the path. Throws
// std::runtime_error.
std::string write_mail(std::string_view message, const std::string& file, std::size_t number);

// Lets the desktop's own program open it; false where there is no desktop, or no xdg-open.
bool open_on_desktop(const std::string& path);

}  // namespace carillon::cli
