#include "cli/mail_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "fakes/temp_dir.hpp"

namespace carillon::cli {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(MailFile, IsWrittenWhereItIsWanted) {
  const test::TempDir dir;
  const std::string message("Subject: x\r\n\r\n\0y", 16);
  EXPECT_EQ(write_mail(message, dir.file("a.eml"), 0), dir.file("a.eml"));
  EXPECT_EQ(content_of(dir.file("a.eml")), message);
  EXPECT_EQ(write_mail("two", dir.file("a.eml"), 1), dir.file("a-2.eml"));
  EXPECT_EQ(content_of(dir.file("a-2.eml")), "two");
  EXPECT_THROW(write_mail("x", dir.file("none/a.eml"), 0), std::runtime_error);
}

TEST(MailFile, ATemporaryOneIsForThisUserOnly) {
  const std::string path = write_mail("x", "", 0);
  EXPECT_TRUE(path.ends_with(".eml")) << path;
  struct stat about{};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 077U, 0U);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace carillon::cli
