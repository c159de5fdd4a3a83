#include "source/ping/signal.hpp"

#include <gtest/gtest.h>

namespace carillon::source::ping {
namespace {

using Kind = Signal::Kind;

web::Head head(std::string slug, std::string signal = "", std::string query = "") {
  web::Head head;
  head.parameters["key"] = "KEY";
  head.parameters["slug"] = std::move(slug);
  if (!signal.empty()) head.parameters["signal"] = std::move(signal);
  head.query = std::move(query);
  return head;
}

std::string refusal(const web::Head& head) {
  const auto signal = signal_of(head);
  return signal ? "taken" : signal.error().what;
}

TEST(PingSignal, WhatStandsLastIsTheSignal) {
  const std::pair<const char*, Kind> signals[] = {
      {"", Kind::success}, {"0", Kind::success}, {"start", Kind::start}, {"fail", Kind::fail},
      {"log", Kind::log},  {"1", Kind::fail},    {"255", Kind::fail},
  };
  for (const auto& [text, kind] : signals) {
    const auto signal = signal_of(head("backup", text));
    ASSERT_TRUE(signal) << text;
    EXPECT_EQ(signal->kind, kind) << text;
    EXPECT_EQ(signal->slug, "backup");
    EXPECT_FALSE(signal->create);
  }
  EXPECT_EQ(signal_of(head("backup", "3"))->exit_status, 3);
  EXPECT_EQ(signal_of(head("backup", "0"))->exit_status, std::nullopt);
  EXPECT_EQ(signal_of(head("backup", "fail"))->exit_status, std::nullopt);
}

TEST(PingSignal, AnythingElseIsRefused) {
  for (const char* text : {"256", "-1", "Start", "1a", "0000", "99999999999999999999", "%"}) {
    EXPECT_EQ(refusal(head("backup", text)),
              "what comes last must be start, fail, log, or an exit status of 0 to 255")
        << text;
  }
  for (const char* slug : {"", "a/b", "..", "a b", "\xC3\xA4", "<script>"}) {
    EXPECT_EQ(refusal(head(slug)), "the name of a check has letters, digits, '.', '_' and '-', at most 100")
        << slug;
  }
  EXPECT_EQ(refusal(head(std::string(100, 'a'))), "taken");
  EXPECT_NE(refusal(head(std::string(101, 'a'))), "taken");
}

TEST(PingSignal, TheQueryHasTheRunAndWhetherToCreate) {
  const auto signal = signal_of(head("b", "start", "rid=123E4567-e89b-12d3-a456-426614174000&create=1"));
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->rid, "123e4567-e89b-12d3-a456-426614174000");
  EXPECT_TRUE(signal->create);
  EXPECT_FALSE(signal_of(head("b", "", "create=0"))->create);
  EXPECT_EQ(signal_of(head("b", "", "rid="))->rid, "");
  for (const char* query :
       {"rid=1", "rid=123e4567-e89b-12d3-a456-42661417400g", "rid=123e4567e89b-12d3-a456-4266141740000"})
    EXPECT_EQ(refusal(head("b", "", query)), "rid: must be a UUID") << query;
}

TEST(PingSignal, TheKeyIsThePartAfterPing) {
  EXPECT_EQ(key_of("/ping/KEY/backup/start"), "KEY");
  EXPECT_EQ(key_of("/ping/K%45Y/backup"), "KEY");
  EXPECT_EQ(key_of("/ping/"), "");
  EXPECT_EQ(key_of("/pong/KEY"), "");
}

}  // namespace
}  // namespace carillon::source::ping
