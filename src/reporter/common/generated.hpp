// Reporters whose words a generator of the configuration makes: `generators=[...]`, as Buildbot has it
// since 2.9.
#pragma once

#include <memory>

#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter {

// The argument `generators`, to append to a schema. The configuration's list is not what arrives in it: for
// each of its generators there is a reporter of its own, which gets [description, object]
// (script/python/generators.py).
void add_generators_argument(settings::Schema& schema);

// `plain` itself when the arguments have no generator with an object. Else a reporter that asks the object
// for Details::report first, with `report(event, contexts, buildset, master)`; contexts are those of
// message::build_context, one for each build. None means that nothing is to be told: the ledger keeps a
// skipped delivery. When the object fails, `plain` words the report, with a note.
std::unique_ptr<Reporter> generated(std::unique_ptr<Reporter> plain, const settings::Arguments& args,
                                    const Environment& environment);

}  // namespace carillon::reporter
