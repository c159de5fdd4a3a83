// Where builds have a page, as the configuration says.
#pragma once

#include "settings/configuration.hpp"
#include "source/build_pages.hpp"

namespace carillon::server {

// For builds whose sender gave them no link. The dashboard's: at c['www']['url'], or without it at
// c['buildbotURL']. But where c['sources'] has a Buildbot, c['buildbotURL'] is that Buildbot's, and so are
// the pages, unless c['www']['url'] says where the dashboard is, or c['buildbotURL'] is our port on this
// machine. Without a web server there is no dashboard.
source::BuildPages build_pages(const settings::Configuration& configuration);

}  // namespace carillon::server
