#include "transport/http_answer.hpp"

#include <gmock/gmock.h>

namespace carillon::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct Heard {
  Response response;
  bool done = false;
  bool keeps = false;
  std::string error;
};

// ended: the connection is closed after it.
Heard hear(std::string_view text, bool ended = false, std::size_t step = std::string_view::npos,
           bool head_only = false) {
  AnswerReader reader(head_only, 100);
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
    reader.feed(rest.substr(0, step));
  if (ended) reader.end();
  Heard heard{{}, reader.done(), reader.keeps_connection(), reader.error()};
  heard.response = reader.take();
  return heard;
}

TEST(AnswerReader, ReadsWhatIsUsualInPiecesOfAnySize) {
  const std::string_view text = "HTTP/1.1 201 Created\r\nX-A: b: c \r\nContent-Length: 3\r\n\r\nabc";
  for (const std::size_t step : {text.size(), std::size_t{1}, std::size_t{7}}) {
    const Heard heard = hear(text, false, step);
    EXPECT_TRUE(heard.done && heard.keeps) << heard.error;
    EXPECT_EQ(heard.response.status, 201);
    EXPECT_THAT(heard.response.headers, ElementsAre(Pair("x-a", "b: c"), Pair("content-length", "3")));
    EXPECT_EQ(heard.response.body, "abc");
  }
}

TEST(AnswerReader, OfWhatIsTooLargeTheSameIsKeptInPiecesOfAnySize) {
  const std::string text = "HTTP/1.1 200 OK\r\n\r\n" + std::string(60, 'a') + std::string(60, 'b');
  for (const std::size_t step : {text.size(), std::size_t{1}, std::size_t{7}, std::size_t{90}}) {
    const Heard heard = hear(text, true, step);
    EXPECT_FALSE(heard.done);
    EXPECT_EQ(heard.error, "the answer is larger than 100 bytes");
    EXPECT_TRUE(heard.response.too_large);
    EXPECT_EQ(heard.response.body, std::string(60, 'a') + std::string(40, 'b'));
  }
}

TEST(AnswerReader, TakesWhatIsOddButClear) {
  struct Case {
    std::string_view text;
    std::string_view body;
    bool keeps;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok", true},
      {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 \r\nContent-Length:2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
      {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", "ok", false},
      {"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok",
       false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=y\r\no\r\n01\nk\n0\r\nT: x\r\n\r\n", "ok",
       true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Content-Length: 2\r\n\r\nok",
       "ok", true},
      {"HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\nContent-Length: 2\r\n\r\nok", "ok", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", "ok", false},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", true},
      {"HTTP/1.1 101 Switching\r\nContent-Length: 0\r\n\r\n", "", true},
  };
  for (const auto& c : cases) {
    for (const std::size_t step : {std::size_t{500}, std::size_t{1}}) {
      const Heard heard = hear(c.text, false, step);
      EXPECT_TRUE(heard.done) << c.text << heard.error;
      EXPECT_EQ(heard.response.body, c.body) << c.text;
      EXPECT_EQ(heard.keeps, c.keeps) << c.text;
      EXPECT_EQ(heard.response.header("link"), std::nullopt) << c.text;
    }
  }
  EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\n\r\n").response.header("x"), "a b");
  EXPECT_TRUE(hear("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", false, 500, true).done);
}

TEST(AnswerReader, AnAnswerMayEndWithItsConnection) {
  const std::string_view text = "HTTP/1.1 200 OK\r\n\r\nall of it";
  EXPECT_FALSE(hear(text).done);
  const Heard heard = hear(text, true);
  EXPECT_TRUE(heard.done);
  EXPECT_FALSE(heard.keeps);
  EXPECT_EQ(heard.response.body, "all of it");
}

TEST(AnswerReader, SaysWhatIsWrongAndKeepsWhatCame) {
  struct Case {
    std::string text;
    std::string_view why;
  };
  const Case cases[] = {
      {"220 smtp ready\r\n", "not an answer in HTTP"},
      {"HTTP/1.1 abc\r\n\r\n", "has no status"},
      {"HTTP/1.1 2000 OK\r\n\r\n", "has no status"},
      {"HTTP/1.1 -20 OK\r\n\r\n", "has no status"},
      {"HTTP/1.1\r\n\r\n", "not an answer in HTTP"},
      {"HTTP/7.1 200 OK\r\n\r\n", "not an answer in HTTP"},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "has no colon"},
      {std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", 28), "NUL"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(max_header, 'x'), "larger than 262144 bytes"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokzz\r\n", "longer than it says"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n", "no size"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n", "not asked for"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(101, 'x'), "larger than 100 bytes"},
  };
  for (const auto& c : cases) {
    for (const std::size_t step : {c.text.size(), std::size_t{5}}) {
      const Heard heard = hear(c.text, false, step);
      EXPECT_FALSE(heard.done) << c.text.substr(0, 60);
      EXPECT_THAT(heard.error, HasSubstr(c.why)) << c.text.substr(0, 60);
      const Heard ended = hear(c.text, true, step);
      EXPECT_EQ(ended.error, heard.error);
    }
  }
  EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n").response.body,
            "ok");
  for (const std::string_view cut :
       {"HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nX: y", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"}) {
    EXPECT_TRUE(hear(cut).error.empty());
    EXPECT_THAT(hear(cut, true).error, HasSubstr("in the middle of its answer")) << cut;
  }
}

}  // namespace
}  // namespace carillon::http
