#include "cli/completion_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/completion.hpp"
#include "cli/manual.hpp"

namespace carillon::cli {

void add_completion(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* completions =
      app.add_subcommand("completion", "Print a script that lets a shell complete commands");
  auto shell = std::make_shared<std::string>();
  completions->add_option("SHELL", *shell, "the shell that reads it")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completions->footer("For bash: source <(carillon completion bash)");
  completions->callback([&app, &chosen, shell] {
    chosen = [&app, shell] {
      std::cout << completion(shape_of(app), *shell);
      return 0;
    };
  });
  CLI::App* page = app.add_subcommand("manual-page", "Print the manual page, carillon(1)");
  page->group("");  // for cmake --install
  page->callback([&app, &chosen] {
    chosen = [&app] {
      std::cout << manual(shape_of(app));
      return 0;
    };
  });
}

}  // namespace carillon::cli
