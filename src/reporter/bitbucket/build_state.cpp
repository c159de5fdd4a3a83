#include "reporter/bitbucket/build_state.hpp"

#include "base/encoding.hpp"
#include "model/build.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::bitbucket {

const char* state_of(const States& states, const Progress& progress) {
  if (progress.phase == Phase::waiting || progress.phase == Phase::started || !progress.results)
    return "INPROGRESS";
  return states.at(static_cast<std::size_t>(*progress.results));
}

std::string link_of(const json::object& build, const message::Site& site, std::size_t max_chars,
                    std::vector<std::string>& notes) {
  const std::string url = valid_utf8(BuildView(build).url().value_or(""));
  const bool fits = ellipsize(url, max_chars) == url;
  if (is_http_url(url) && fits) return url;
  notes.emplace_back(fits ? "the build has no URL; the status links to the start page"
                          : "the build's URL is longer than " + std::to_string(max_chars) +
                                " characters; the status links to the start page");
  return site.buildbot_url;
}

}  // namespace carillon::reporter::bitbucket
