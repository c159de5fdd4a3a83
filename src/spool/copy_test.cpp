// Files from one spool into another.
#include "spool/copy.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "spool/folder.hpp"

namespace carillon::spool {
namespace {

TEST(CopyFile, IsTheSameOrIsNotThere) {
  const test::TempDir dir;
  asio::io_context io;
  Folder from(io.get_executor(), dir.file("from"));
  Folder to(io.get_executor(), dir.file("to"));
  std::string content;
  for (int i = 0; i < 400'000; ++i)  // more than one piece
    content += std::to_string(i);
  const auto writer = from.create("log");
  ASSERT_TRUE(test::run(io, writer->write_at(0, content)));
  ASSERT_TRUE(test::run(io, writer->finish(content.size())));
  EXPECT_TRUE(test::run(io, copy_file(from, to, "log", content.size())).value());
  const auto copied = test::run(io, to.open("log", content.size())).value();
  ASSERT_TRUE(copied);
  EXPECT_EQ(test::run(io, copied->read(0, content.size() + 1)).value(), content);
  EXPECT_FALSE(test::run(io, copy_file(from, to, "log", content.size() + 1)).value());
  EXPECT_FALSE(test::run(io, copy_file(from, to, "none", 1)).value());
}

}  // namespace
}  // namespace carillon::spool
