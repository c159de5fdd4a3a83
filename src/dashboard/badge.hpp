// Badges: two words on a picture. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/results.hpp"

namespace carillon::dashboard {

struct Badge {
  // At the left; empty: there is no left part.
  std::string label;
  std::string message;
  // "#c0392b"; dark enough for white letters on it.
  std::string_view colour;
  // Round corners.
  bool round = true;
};

// "success", "failure", ..., each in its colour.
Badge badge_of(Results results);
// Something runs and has never ended; nothing is known.
Badge running_badge();
Badge unknown_badge();
// Of so many builders nobody says which is the worst.
Badge too_many_badge();

// Of a text in Verdana of 11 pixels, in hundredths of a pixel. What Verdana has no letter for is taken to be
// as wide as it usually is in others.
int width_of(std::string_view text);

// An SVG, which says the same in words: <title>, aria-label. Long texts are cut.
std::string svg(const Badge& badge);

}  // namespace carillon::dashboard
