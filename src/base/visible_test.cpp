#include "base/visible.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Visible, WhatPlaysWithATerminalIsAQuestionMark) {
  EXPECT_EQ(visible("plain, l\u00e4uft, \U0001f514"), "plain, l\u00e4uft, \U0001f514");
  EXPECT_EQ(visible("a\x1b[31mb\tc\nd\x7f"), "a?[31mb?c?d?");
  EXPECT_EQ(visible("a\u009b31mb\u0085c\u0080"), "a?31mb?c?") << "C1: CSI is one of them";
  EXPECT_EQ(visible("a\u202eb\u202ac\u2066d\u2069e\u2028f\u2029"), "a?b?c?d?e?f?");
  EXPECT_EQ(visible("a\x9b"
                    "31m"),
            "a\ufffd31m")
      << "the same byte, in an 8-bit terminal";
  EXPECT_EQ(visible("\u200e\u200f\u00a0\u202f"), "\u200e\u200f\u00a0\u202f") << "of Hebrew, and of French";
}

}  // namespace
}  // namespace carillon
