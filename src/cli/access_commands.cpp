#include "cli/access_commands.hpp"

#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "access/htpasswd.hpp"
#include "access/password_hash.hpp"
#include "base/digest.hpp"
#include "base/terminal.hpp"

namespace carillon::cli {
namespace {

// While it is there the terminal shows nothing of what is typed.
class Unseen {
 public:
  Unseen() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) throw std::runtime_error("cannot hide what is typed");
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
      throw std::runtime_error("cannot hide what is typed");
  }
  ~Unseen() {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
};

std::string read_line(const char* prompt) {
  std::string line;
  if (isatty(STDIN_FILENO) == 1) {
    std::cerr << prompt << std::flush;
    const Unseen unseen;
    if (!std::getline(std::cin, line)) throw std::runtime_error("there is no password");
  } else if (!std::getline(std::cin, line)) {
    throw std::runtime_error("there is no password on standard input");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string ask_password() {
  std::string password = read_line("Password: ");
  if (!access::can_be_password(password)) {
    throw std::runtime_error(password.empty() ? "the password is empty"
                                              : "the password is too long: at most " +
                                                    std::to_string(access::longest_password) + " bytes");
  }
  if (isatty(STDIN_FILENO) == 1 && read_line("Once more: ") != password)
    throw std::runtime_error("the two are not the same");
  return password;
}

}  // namespace

int print_account(const std::string& name) {
  // What the server would not read is not written.
  const access::Accounts tried = access::parse_accounts(name + ":$6$x$y");
  if (!tried.hashes.contains(name) || name.starts_with('#'))
    throw std::runtime_error("'" + printable(name) +
                             "' is not a name: it must not hold ':' or line ends, "
                             "begin with '#', or begin or end with a blank");
  // Asked for first: half a line would spoil the file that this is added to.
  const std::string hash = access::hash_of(ask_password());
  std::cout << name << ":" << hash << "\n";
  return 0;
}

int print_token(const std::string& name, const std::string& role) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.find_first_not_of(letters) != std::string::npos)
    throw std::runtime_error("'" + printable(name) +
                             "' is not a name: letters, digits, '-', '_' and '.' are");
  const std::string token = random_text();
  std::cout << token << "\n";
  std::cerr << "keep it where c['secretsProviders'] finds it as '" << printable(name) << "', and write\n"
            << "  '" << printable(name) << "': ('" << role << "', util.Secret('" << printable(name)
            << "')),\nin c['www']['tokens'] = {...}, beside those that are there\n";
  return 0;
}

void add_user(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("user", "Make a line for the file of www.Passwords(...)");
  auto name = std::make_shared<std::string>();
  auto what = std::make_shared<std::string>();  // lives as long as the command's callback
  command->add_option("ACTION", *what, "hash: ask for a password, and print NAME:HASH")
      ->required()
      ->type_name("ACTION")
      ->check(CLI::IsMember({"hash"}));
  command->add_option("NAME", *name, "who it is")->required();
  command->footer("For example: carillon user hash alice >> /etc/carillon/htpasswd");
  command->callback([&chosen, name, what] { chosen = [name] { return print_account(*name); }; });
}

void add_token(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("token", "Make a token with which a program may use the dashboard");
  auto name = std::make_shared<std::string>("program");
  auto role = std::make_shared<std::string>();
  auto what = std::make_shared<std::string>();  // lives as long as the command's callback
  command->add_option("ACTION", *what, "new: print one, and what to write into the configuration")
      ->required()
      ->type_name("ACTION")
      ->check(CLI::IsMember({"new"}));
  command->add_option("--role", *role, "what it may: feeds, viewer, operator or admin")
      ->required()
      ->type_name("ROLE")
      ->check(CLI::IsMember({"feeds", "viewer", "operator", "admin"}));
  command->add_option("--name", *name, "what it is called in the audit log")
      ->type_name("NAME")
      ->capture_default_str();
  command->callback(
      [&chosen, name, role, what] { chosen = [name, role] { return print_token(*name, *role); }; });
}

}  // namespace carillon::cli
