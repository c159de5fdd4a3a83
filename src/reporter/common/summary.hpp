// What messages about several builds (`buildSetSummary`) have in common, of mail and the other notifiers.
// Pure.
#pragma once

#include <string>

#include "message/formatter.hpp"
#include "reporter/builds.hpp"
#include "reporter/reporter.hpp"

namespace carillon::reporter {

// Whether the text is Carillon's own, and not that of a template of the configuration, which says itself how
// it follows another. formatter: that was used; null is none.
bool is_own_text(const settings::ObjectPtr& formatter, const message::Message& message);

// The texts of several builds, one after the other.
struct JoinedText {
  std::string text;
  message::Markup markup = message::Markup::plain;

  // own: is_own_text(); such a text has an empty line between itself and its neighbours. Where a template
  // failed and its neighbours did not, plain text stands among HTML.
  void add(const message::Message& message, bool own = false);

 private:
  bool begun_ = false;
  bool own_before_ = false;
};

// How the build ended, or the buildset, or else the last of its builds. details: about at least one build.
std::optional<Results> reported_results(const Details& details);

// "failure"; "unknown" for none.
std::string result_word(std::optional<Results> results);

// "build #7 of linux: failure", "buildset 9 (2 builds): failure": for the ledger. details: about at least one
// build.
std::string report_summary(const Details& details);

// The subject with its places filled in. format: `subject` of the settings. builder: shown instead of the
// name of the build's builder; a buildset is "whole buildset".
std::string report_subject(std::string_view format, std::string_view builder, const Details& details,
                           const message::Site& site);

// The build that a link in the message leads to: the first that failed, or went wrong otherwise; else the
// first. builds: not empty.
const json::object& linked_build(const Builds& builds);

}  // namespace carillon::reporter
