#include "source/buildbot/outage.hpp"

#include <array>
#include <utility>

namespace carillon::source::buildbot {
namespace {

constexpr Millis one_minute = 60'000;
constexpr std::array told_after{one_minute, 5 * one_minute, 30 * one_minute};

std::string seconds_of(Millis pause) {
  return std::to_string((pause + 999) / 1000) + " s";
}

}  // namespace

std::string Outage::lost(const std::string& why, Millis now, Millis pause) {
  since_ = now;
  told_ = 0;
  why_ = why;
  return "lost the link: " + why + "; trying again in " + seconds_of(pause);
}

std::optional<std::string> Outage::failed(const std::string& why, Millis now, Millis pause) {
  const bool is_new = std::exchange(why_, why) != why;
  bool is_time = false;
  for (; told_ < told_after.size() && now - since_ >= told_after.at(told_); ++told_)
    is_time = true;
  if (is_time) {
    return "not connected for " + std::to_string((now - since_) / one_minute) + " min: " + why +
           "; next try in " + seconds_of(pause);
  }
  if (!is_new) return std::nullopt;
  return "cannot connect: " + why + "; trying again in " + seconds_of(pause);
}

}  // namespace carillon::source::buildbot
