// Reads a log from its master in answers of a bounded size.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "source/source.hpp"

namespace carillon::pipeline {

// The data API counts in lines, which may be of any length: it is asked for as many as make some 500 KB by
// the lines before, and for fewer when that was too much. Failures: as Master::get.
class LogReader {
 public:
  // lines: how many the log has.
  LogReader(std::shared_ptr<source::Source> master, std::int64_t log, std::int64_t lines);

  // The lines after those it gave last, whole, from the first on; empty: there are none any more.
  Task<std::string> next();
  // The lines before those it gave last, from the end on.
  Task<std::string> before();

  // Gives back what next() gave: that comes again.
  void unread(std::string text) { unread_ = std::move(text); }
  void rewind();

  std::int64_t lines() const { return lines_; }
  std::int64_t given() const { return next_; }       // lines, by next() so far
  std::int64_t left_before() const { return end_; }  // lines that before() did not give yet

 private:
  Task<std::string> ask(std::int64_t first, std::int64_t count);
  void learn(std::size_t bytes, std::int64_t lines);

  std::shared_ptr<source::Source> master_;
  std::string path_;
  std::int64_t lines_;
  // To ask for.
  std::int64_t count_;
  std::int64_t next_ = 0;
  std::int64_t end_;
  std::string unread_;
};

}  // namespace carillon::pipeline
