#include "dashboard/badge.hpp"

#include <array>

#include "base/encoding.hpp"
#include "base/visible.hpp"
#include "dashboard/html.hpp"

namespace carillon::dashboard {
namespace {

// Advance widths of Verdana, in thousandths of its size: U+0020 to U+007E, and U+00A0 to U+00FF.
constexpr std::array<int, 95> ascii_widths{
    352, 394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454,  364, 454, 636, 636, 636,
    636, 636, 636, 636, 636, 636,  636, 454, 454, 818, 818, 818, 545, 1000, 684, 686, 698, 771, 632,
    575, 775, 751, 421, 455, 693,  557, 843, 748, 787, 603, 787, 695, 684,  616, 732, 684, 989, 685,
    615, 685, 454, 454, 454, 818,  636, 636, 601, 623, 521, 623, 596, 352,  623, 633, 274, 344, 592,
    274, 973, 633, 607, 623, 623,  427, 521, 394, 633, 592, 818, 592, 592,  525, 635, 454, 635, 818};
constexpr std::array<int, 96> latin_widths{
    352, 394, 636, 636, 636, 636, 454, 636, 636,  1000, 545,  645, 818, 454, 1000, 636, 542, 818, 542, 542,
    636, 642, 636, 364, 636, 542, 545, 645, 1000, 1000, 1000, 545, 684, 684, 684,  684, 684, 684, 984, 698,
    632, 632, 632, 632, 421, 421, 421, 421, 775,  748,  787,  787, 787, 787, 787,  818, 787, 732, 732, 732,
    732, 615, 605, 620, 601, 601, 601, 601, 601,  601,  955,  521, 596, 596, 596,  596, 274, 274, 274, 274,
    612, 633, 607, 607, 607, 607, 607, 818, 607,  633,  633,  633, 633, 592, 623,  592};
constexpr int usual_width = 687;
constexpr int square_width = 1000;
constexpr std::uint32_t first_square = 0x2e80;  // ideographs, kana, hangul, pictures
constexpr int letter_size = 11;

constexpr std::size_t longest_words = 80;
constexpr int text_padding = 500;  // hundredths of a pixel, on each side of a text

int thousandths(std::uint32_t letter) {
  if (letter >= 0x20 && letter < 0x7f) return ascii_widths.at(letter - 0x20);
  if (letter >= 0xa0 && letter <= 0xff) return latin_widths.at(letter - 0xa0);
  return letter < first_square ? usual_width : square_width;
}

// Hundredths as "12.34".
std::string pixels(int hundredths) {
  const int rest = hundredths % 100;
  return std::to_string(hundredths / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

struct BadgePart {
  std::string words;
  int text = 0;
  // Whole pixels.
  int width = 0;
};

BadgePart badge_part(std::string_view words) {
  BadgePart part;
  part.words = ellipsize(visible(words), longest_words);
  part.text = width_of(part.words);
  if (!words.empty()) part.width = (part.text + 2 * text_padding + 99) / 100;
  return part;
}

// x: where it begins, in whole pixels.
Html words_at(const BadgePart& part, int x) {
  if (part.width == 0) return {};
  return html(R"(<text x="{}" y="14" textLength="{}">{}</text>)", pixels(x * 100 + part.width * 50),
              pixels(part.text), part.words);
}

}  // namespace

Badge badge_of(Results results) {
  Badge badge;
  badge.message = name(results);
  switch (results) {
    case Results::success:
      badge.colour = "#2e7d32";
      break;
    case Results::warnings:
      badge.colour = "#8a5a00";
      break;
    case Results::failure:
      badge.colour = "#c0281f";
      break;
    case Results::exception:
      badge.colour = "#7b1fa2";
      break;
    default:
      badge.colour = "#616161";
  }
  return badge;
}

Badge running_badge() {
  return {.label = {}, .message = "running", .colour = "#0b63b5"};
}

Badge unknown_badge() {
  return {.label = {}, .message = "unknown", .colour = "#616161"};
}

Badge too_many_badge() {
  return {.label = {}, .message = "too many", .colour = "#616161"};
}

int width_of(std::string_view text) {
  int width = 0;
  each_character(text,
                 [&](std::string_view letter) { width += thousandths(code_point(letter)) * letter_size; });
  return (width + 5) / 10;
}

std::string svg(const Badge& badge) {
  const BadgePart label = badge_part(badge.label);
  const BadgePart message = badge_part(badge.message);
  const int width = label.width + message.width;
  const std::string said = label.words.empty() ? message.words : label.words + ": " + message.words;
  return html(
             R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="20" role="img" aria-label="{}"><title>{}</title><clipPath id="c"><rect width="{}" height="20" rx="{}"/></clipPath><g clip-path="url(#c)"><rect width="{}" height="20" fill="#444"/><rect x="{}" width="{}" height="20" fill="{}"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,'DejaVu Sans',Geneva,sans-serif" font-size="11">{}{}</g></svg>
)svg",
             width, said, said, width, badge.round ? 3 : 0, label.width, label.width, message.width,
             badge.colour, words_at(label, 0), words_at(message, label.width))
      .str();
}

}  // namespace carillon::dashboard
