// Whatever Jenkins' plugins may send: runs or an error, never a crash. The first line is the type of a
// CloudEvent, or empty.
#include <cstddef>
#include <cstdint>

#include "source/hook/run_event.hpp"
#include "source/jenkins/build_name.hpp"
#include "source/jenkins/jenkins_hook.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::source;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  auto settings = std::make_shared<jenkins::Settings>();
  settings->shape.source = settings->shape.ci = "jenkins";
  settings->url = "https://jenkins.example.org/";
  settings->keep = {"TARGET"};
  const jenkins::JenkinsHook hook(settings);
  web::Head head;
  if (end > 0) head.headers = {{"ce-type", std::string(text.substr(0, end))}};
  const auto heard = hook.hear(head, text.substr(std::min(end + 1, text.size())), 0);
  if (!heard) return 0;
  for (const hook::Run& run : heard->runs) {
    if (hook::event_of(run, settings->shape, 1'700'000'000'000, "").key.empty()) __builtin_trap();
    // The API can be asked for whatever a hook told of.
    const auto name = jenkins::build_of_id(run.id);
    if (run.number < 1'000'000'000 && (!name || name->job != run.project)) __builtin_trap();
  }
  return 0;
}
