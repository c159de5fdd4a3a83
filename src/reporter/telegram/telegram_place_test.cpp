#include "reporter/telegram/telegram_place.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter::telegram {
namespace {

TEST(TelegramPlace, HasAChatAndPerhapsATopic) {
  EXPECT_EQ(chat_of("-100123/7"), "-100123");
  EXPECT_EQ(topic_of("-100123/7"), 7);
  EXPECT_EQ(chat_of("@bells"), "@bells");
  EXPECT_EQ(topic_of("@bells"), std::nullopt);
  EXPECT_EQ(chat_id("-100123/7"), -100123);
  EXPECT_EQ(chat_id("@bells/7"), "@bells");
  EXPECT_EQ(place_with("-100123", 7), "-100123/7");
  EXPECT_EQ(place_with("-100123", 1), "-100123") << "General takes no number";
}

TEST(TelegramPlace, IsKnownFromOtherWords) {
  for (const char* place : {"12", "-5", "-100123/7", "@bells", "@bells/12"})
    EXPECT_TRUE(is_place(place)) << place;
  for (const char* other :
       {"", "bells", "-", "@", "-5/", "-5/x", "-5/-7", "-5/0", "/7", "-5/7/8", "1234567890123456789"})
    EXPECT_FALSE(is_place(other)) << other;
}

}  // namespace
}  // namespace carillon::reporter::telegram
