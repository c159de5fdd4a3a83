#include "server/load.hpp"

#include <boost/asio/io_context.hpp>
#include <memory>

#include "server/assembly.hpp"
#include "server/printed.hpp"

namespace carillon::server {

script::Options script_options(const std::vector<ReporterKind>& kinds) {
  script::Options options;
  for (const ReporterKind& kind : kinds)
    options.reporters.push_back(kind.schema);
  options.sources = source_schemas();
  return options;
}

settings::Configuration load_configuration(const std::string& file) {
  auto* io =
      new asio::io_context(1);  // NOLINT: Python lives until the process ends, and so does what it posts to
  auto script = script::Script::start(io->get_executor(), script_options(reporter_kinds()));
  const auto redactor = std::make_shared<Redactor>();
  const auto printed =
      std::make_shared<Printed>([redactor](std::string_view line) { print_redacted(*redactor, line); });
  script->set_output([printed](std::string_view line) { printed->line(line); });
  const Printed::Hold hold(*printed);
  settings::Configuration configuration = script->load(file);
  learn_secrets(configuration, reporter_kinds(), *redactor);
  (void)script.release();  // NOLINT(bugprone-unused-return-value): never finalised
  return configuration;
}

}  // namespace carillon::server
