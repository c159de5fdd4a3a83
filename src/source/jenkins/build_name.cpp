#include "source/jenkins/build_name.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::jenkins {
namespace {

constexpr std::size_t longest_job = 1000;
constexpr std::size_t most_digits = 18;

std::optional<std::int64_t> number_in(std::string_view text) {
  if (!is_digits(text) || text.size() > most_digits) return std::nullopt;
  return std::stoll(std::string(text));
}

}  // namespace

bool is_job(std::string_view path) {
  if (path.empty() || path.size() > longest_job || path.front() == '/' || path.back() == '/' ||
      path.find("//") != std::string_view::npos)
    return false;
  return std::ranges::none_of(words_of(path, "/"),
                              [](std::string_view part) { return part == "." || part == ".."; });
}

std::optional<std::string> job_of_address(std::string_view address) {
  const auto parts = words_of(address, "/");
  std::string job;
  // Views may stand before it.
  auto part = std::ranges::find(parts, "job");
  while (part != parts.end() && *part == "job" && std::next(part) != parts.end()) {
    std::string name = percent_decode(*std::next(part));
    if (name.find('/') != std::string::npos) return std::nullopt;
    job += (job.empty() ? "" : "/") + name;
    part += 2;
  }
  if (!is_job(job)) return std::nullopt;
  if (part != parts.end()) return "";
  return job;
}

std::string address_of_job(std::string_view job) {
  std::string address;
  for (const std::string_view part : words_of(job, "/"))
    address += "job/" + percent_encode(part) + "/";
  return address;
}

std::string address_of_build(const BuildName& build) {
  return address_of_job(build.job) + std::to_string(build.number) + "/";
}

std::string api_address(const std::string& address, std::string_view tree) {
  return address + "api/json?tree=" + percent_encode(tree);
}

std::string id_of(const BuildName& build) {
  return hook::key_part(build.job) + "-" + std::to_string(build.number) +
         (build.queue > 0 ? "." + std::to_string(build.queue) : "");
}

std::optional<BuildName> build_of_id(std::string_view id) {
  const auto dash = id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = id.substr(dash + 1);
  const auto dot = numbers.find('.');
  const auto number = number_in(numbers.substr(0, dot));
  const auto queue = dot == std::string_view::npos ? 0 : number_in(numbers.substr(dot + 1));
  BuildName build{percent_decode(id.substr(0, dash)), number.value_or(0), queue.value_or(0)};
  if (!number || !queue || !is_job(build.job)) return std::nullopt;
  return build;
}

}  // namespace carillon::source::jenkins
