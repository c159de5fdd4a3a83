#include "app/load.hpp"

#include <boost/asio/io_context.hpp>

namespace carillon::app {

script::Options script_options(const std::vector<ReporterKind>& kinds) {
  script::Options options;
  for (const ReporterKind& kind : kinds)
    options.reporters.push_back(kind.schema);
  options.masters = master_schemas();
  return options;
}

settings::Configuration load_configuration(const std::string& file) {
  auto* io =
      new asio::io_context(1);  // NOLINT: Python lives until the process ends, and so does what it posts to
  auto script = script::Script::start(io->get_executor(), script_options(reporter_kinds()));
  settings::Configuration configuration = script->load(file);
  (void)script.release();  // NOLINT(bugprone-unused-return-value): never finalised
  return configuration;
}

}  // namespace carillon::app
