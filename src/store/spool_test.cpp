// What every kind of spool promises, and what the one in PostgreSQL does besides.
#include "spool/spool.hpp"

#include <gmock/gmock.h>

#include "fakes/s3_server.hpp"
#include "spool/copy.hpp"
#include "spool/folder.hpp"
#include "spool/s3/s3.hpp"
#include "store/open.hpp"
#include "store/postgres/fake_link.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::store {
namespace {

using spool::Spool;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// As large as a piece in PostgreSQL; a folder has none.
constexpr std::size_t piece = std::size_t{256} << 10U;

struct SpoolKind {
  std::string name;
  // At a path in a folder of its own.
  std::function<std::shared_ptr<Spool>(const asio::any_io_executor&, const std::string& path)> open;
};

void PrintTo(const SpoolKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::unique_ptr<Spool> open_in_database(const asio::any_io_executor& io, const std::string& path) {
  const postgres::Place place = place_of_test(path);
  postgres::Tenure(place).connect();  // makes the tables
  return open_spool(io, Address::of_postgres(test::PostgresServer::shared().url() +
                                                 "&options=-csearch_path%3Dtest_" + short_hash(path),
                                             path));
}

std::shared_ptr<Spool> open_in_bucket(const asio::any_io_executor& io, const std::string& path) {
  struct Both {
    std::unique_ptr<http::Client> client;
    std::unique_ptr<Spool> spool;
  };
  spool::s3::Place place = test::S3Server::shared().place(short_hash(path));
  place.part = std::size_t{5} << 20U;
  const auto both = std::make_shared<Both>();
  both->client = http::make_client(io);
  both->spool = spool::s3::open(io, *both->client, std::move(place),
                                std::make_unique<spool::Folder>(io, path + ".upload", 0));
  return {both, both->spool.get()};
}

// No two pieces of it are the same.
std::string text_of(std::size_t size, std::size_t seed = 0) {
  std::string text;
  text.reserve(size + 20);
  for (std::size_t i = seed; text.size() < size; ++i)
    text += std::to_string(i * 7919) + '\0';
  text.resize(size);
  return text;
}

class SpoolCalls : public testing::Test {
 protected:
  Result<void> try_write(Spool& spool, const std::string& name, const std::string& text) {
    const auto writer = spool.create(name);
    if (auto done = run(io_, writer->write_at(0, text)); !done) return done;
    return run(io_, writer->finish(text.size()));
  }
  std::string read(Spool& spool, const std::string& name, std::uint64_t size) {
    const auto file = run(io_, spool.open(name, size)).value();
    return file == nullptr ? "none" : run(io_, file->read(0, size + 10)).value();
  }
  std::vector<std::pair<std::string, std::uint64_t>> entries(Spool& spool) {
    std::vector<std::pair<std::string, std::uint64_t>> all;
    const auto found = run(io_, spool.entries()).value();
    for (const Spool::Entry& entry : found)
      all.emplace_back(entry.name, entry.size);
    return all;
  }
  std::vector<std::string> names(Spool& spool) {
    std::vector<std::string> all;
    for (const auto& [name, size] : entries(spool))
      all.push_back(name);
    return all;
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("spool");
  asio::io_context io_;
};

class EverySpool : public SpoolCalls, public testing::WithParamInterface<SpoolKind> {
 protected:
  // Another process would open it as well.
  std::shared_ptr<Spool> open() { return GetParam().open(io_.get_executor(), path_); }
  Result<void> write(const std::string& name, const std::string& text) {
    return try_write(*spool_, name, text);
  }

  std::shared_ptr<Spool> spool_ = open();
};

INSTANTIATE_TEST_SUITE_P(Kinds, EverySpool,
                         testing::Values(SpoolKind{"folder",
                                                   [](const auto& io, const std::string& path) {
                                                     return std::make_unique<spool::Folder>(io, path, 0);
                                                   }},
                                         SpoolKind{"postgres", open_in_database},
                                         SpoolKind{"s3", open_in_bucket}),
                         [](const auto& info) { return info.param.name; });

TEST_P(EverySpool, KeepsWhatIsWritten) {
  EXPECT_THAT(entries(*spool_), IsEmpty());
  ASSERT_TRUE(write("1-2-a", std::string("\0log\xff\n", 6)));
  EXPECT_EQ(read(*spool_, "1-2-a", 6), std::string("\0log\xff\n", 6));
  EXPECT_THAT(entries(*spool_), ElementsAre(std::pair("1-2-a", 6)));
  EXPECT_EQ(read(*open(), "1-2-a", 6), std::string("\0log\xff\n", 6)) << "another process reads it";
}

TEST_P(EverySpool, AnOlderOneIsReplaced) {
  ASSERT_TRUE(write("x", text_of(3 * piece)));
  ASSERT_TRUE(write("x", "again"));
  EXPECT_EQ(read(*spool_, "x", 5), "again");
  EXPECT_EQ(read(*spool_, "x", 3 * piece), "none");
  EXPECT_THAT(entries(*spool_), ElementsAre(std::pair("x", 5)));
}

TEST_P(EverySpool, PiecesComeInAnyOrderAndTheRestIsCutOff) {
  const auto writer = spool_->create("x");
  ASSERT_TRUE(run(io_, writer->write_at(5, "world!!")));
  ASSERT_TRUE(run(io_, writer->write_at(0, "hello")));
  ASSERT_TRUE(run(io_, writer->finish(10)));
  const auto file = run(io_, spool_->open("x", 10)).value();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->size(), 10U);
  EXPECT_EQ(run(io_, file->read(3, 4)).value(), "lowo");
  EXPECT_EQ(run(io_, file->read(8, 4)).value(), "ld");
  EXPECT_EQ(run(io_, file->read(10, 4)).value(), "");
  EXPECT_EQ(run(io_, file->read(11, 4)).value(), "");
}

TEST_P(EverySpool, WhatHasManyPiecesIsWrittenFromBothEnds) {
  // As a log of which head and tail are kept: more than is held in memory, and over the borders of pieces.
  const std::string whole = text_of(20 * piece + 77);
  const auto writer = spool_->create("x");
  constexpr std::size_t step = 100'000;
  std::size_t head = 0;
  std::size_t tail = whole.size();
  while (head < tail) {
    const std::size_t count = std::min(step, tail - head);
    ASSERT_TRUE(run(io_, writer->write_at(head, whole.substr(head, count))));
    head += count;
    const std::size_t back = std::min(step, tail - head);
    ASSERT_TRUE(run(io_, writer->write_at(tail - back, whole.substr(tail - back, back))));
    tail -= back;
  }
  // Some of it once more, and beyond the end.
  ASSERT_TRUE(run(io_, writer->write_at(0, std::string(10, '?'))));
  ASSERT_TRUE(run(io_, writer->write_at(0, whole.substr(0, 10))));
  ASSERT_TRUE(run(io_, writer->write_at(whole.size(), std::string(3 * piece, '?'))));
  ASSERT_TRUE(run(io_, writer->finish(whole.size())));
  EXPECT_TRUE(read(*spool_, "x", whole.size()) == whole);
  const auto file = run(io_, spool_->open("x", whole.size())).value();
  for (const std::size_t at : {piece - 1, piece, 3 * piece - 5, whole.size() - 5}) {
    const std::string some = run(io_, file->read(at, 2 * piece + 9)).value();
    EXPECT_TRUE(some == whole.substr(at, 2 * piece + 9)) << at;
  }
}

TEST_P(EverySpool, WhatWasNeverWrittenIsZero) {
  const auto writer = spool_->create("x");
  ASSERT_TRUE(run(io_, writer->write_at(2 * piece + 3, "end")));
  ASSERT_TRUE(run(io_, writer->finish(3 * piece)));
  std::string wanted(3 * piece, '\0');
  wanted.replace(2 * piece + 3, 3, "end");
  EXPECT_TRUE(read(*spool_, "x", 3 * piece) == wanted);
}

TEST_P(EverySpool, EmptyFilesAreFiles) {
  const auto writer = spool_->create("x");
  ASSERT_TRUE(run(io_, writer->finish(0)));
  EXPECT_THAT(entries(*spool_), ElementsAre(std::pair("x", 0)));
  EXPECT_EQ(read(*spool_, "x", 0), "");
}

TEST_P(EverySpool, WhatIsNotFinishedIsNotThere) {
  {
    const auto writer = spool_->create("x");
    ASSERT_TRUE(run(io_, writer->write_at(0, text_of(30 * piece))));
    EXPECT_EQ(read(*spool_, "x", 30 * piece), "none");
    EXPECT_THAT(entries(*spool_), IsEmpty());
  }
  EXPECT_THAT(entries(*spool_), IsEmpty());
  ASSERT_TRUE(write("x", "whole"));
  EXPECT_EQ(read(*spool_, "x", 5), "whole");
}

TEST_P(EverySpool, AnotherSizeIsAnotherFile) {
  ASSERT_TRUE(write("x", "12345"));
  EXPECT_EQ(read(*spool_, "x", 4), "none");
  EXPECT_EQ(read(*spool_, "y", 5), "none");
}

TEST_P(EverySpool, AnOpenFileIsReadOrFailsWhenItIsRemovedOrReplaced) {
  const std::string text = text_of(2 * piece);
  for (const bool replaced : {false, true}) {
    ASSERT_TRUE(write("x", text));
    const auto file = run(io_, spool_->open("x", text.size())).value();
    if (replaced)
      ASSERT_TRUE(write("x", text_of(2 * piece, 1'000'000)));
    else
      ASSERT_TRUE(run(io_, spool_->remove({"x", "never-there"})));
    const auto got = run(io_, file->read(0, text.size()));
    EXPECT_TRUE(got ? *got == text : got.error().kind == Failure::Kind::unreachable);
  }
  ASSERT_TRUE(run(io_, spool_->remove({"x"})));
  EXPECT_THAT(names(*spool_), IsEmpty());
}

TEST_P(EverySpool, SeveralAreWrittenAndReadAtOnce) {
  std::vector<std::unique_ptr<spool::Writer>> writers;
  for (int i = 0; i < 5; ++i)
    writers.push_back(spool_->create("log-" + std::to_string(i)));
  for (std::size_t i = 0; i < writers.size(); ++i)
    ASSERT_TRUE(run(io_, writers[i]->write_at(0, text_of(piece + i, i))));
  for (std::size_t i = 0; i < writers.size(); ++i)
    ASSERT_TRUE(run(io_, writers[i]->finish(piece + i)));
  for (std::size_t i = 0; i < writers.size(); ++i)
    EXPECT_TRUE(read(*spool_, "log-" + std::to_string(i), piece + i) == text_of(piece + i, i));
  EXPECT_THAT(names(*spool_), UnorderedElementsAre("log-0", "log-1", "log-2", "log-3", "log-4"));
}

TEST_P(EverySpool, IsCopiedToAnyOther) {
  const std::string text = text_of(5 * piece + 5);
  ASSERT_TRUE(write("x", text));
  for (const bool to_database : {false, true}) {
    const std::string path = dir_.file(to_database ? "database" : "folder");
    const auto other = to_database ? open_in_database(io_.get_executor(), path)
                                   : std::make_unique<spool::Folder>(io_.get_executor(), path, 0);
    EXPECT_TRUE(run(io_, spool::copy_file(*spool_, *other, "x", text.size())).value());
    EXPECT_TRUE(read(*other, "x", text.size()) == text);
    EXPECT_FALSE(run(io_, spool::copy_file(*spool_, *other, "x", text.size() + 1)).value());
  }
}

class LogSpoolTest : public SpoolCalls {
 protected:
  std::unique_ptr<Spool> open() { return open_in_database(io_.get_executor(), path_); }
  std::int64_t number(const std::string& sql) { return sql_on_postgres(path_, sql).at(0); }
  void change(const std::string& sql) { postgres::Connection(place_of_test(path_)).run(sql); }

  std::unique_ptr<Spool> spool_ = open();
};

TEST_F(LogSpoolTest, WhatAKilledNodeLeftGoesWhenItIsOld) {
  // Its process ended without a word, and another one is still writing.
  const auto killed = spool_->create("x");
  ASSERT_TRUE(run(io_, killed->write_at(0, text_of(30 * piece))));
  const auto other = open();
  const auto writes = other->create("y");
  ASSERT_TRUE(run(io_, writes->write_at(0, text_of(30 * piece))));
  EXPECT_THAT(names(*other), IsEmpty());
  EXPECT_EQ(number("SELECT count(DISTINCT file) FROM log_chunks"), 2) << "it may be at it";
  change("UPDATE log_files SET touched = clock_timestamp() - interval '11 minutes'");
  EXPECT_THAT(names(*other), IsEmpty());
  EXPECT_EQ(number("SELECT count(*) FROM log_files"), 1);
  EXPECT_EQ(number("SELECT count(DISTINCT file) FROM log_chunks"), 1);
  // Whoever was not killed after all cannot finish it.
  const auto late = run(io_, killed->finish(30 * piece));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().what, HasSubstr("the long log x was removed while it was written"));
  ASSERT_TRUE(run(io_, writes->finish(30 * piece)));
  EXPECT_TRUE(read(*spool_, "y", 30 * piece) == text_of(30 * piece));
}

TEST_F(LogSpoolTest, WhatADeliveryNeedsIsNotRemovedByWhoeverServesNoMore) {
  ASSERT_TRUE(try_write(*spool_, "x", "needed"));
  ASSERT_TRUE(try_write(*spool_, "y", "not"));
  change(R"sql(
      INSERT INTO deliveries (id, reporter, key, lane, status, rank, event, state, next_at, attempts, created, target,
        summary, note, answer, settled) VALUES (7, 'r', 'k', '', '', 0, 1, 0, 0, 0, 0, '', '', '', '', '');
      INSERT INTO files (delivery, at, name, size, escaped, most, label) VALUES (7, 0, 'x', 6, 6, 6, 'stdio'))sql");
  ASSERT_TRUE(run(io_, spool_->remove({"x", "y"})));
  EXPECT_THAT(names(*spool_), ElementsAre("x"));
  change("UPDATE deliveries SET state = 1");
  ASSERT_TRUE(run(io_, spool_->remove({"x"})));
  EXPECT_THAT(names(*spool_), IsEmpty());
}

TEST_F(LogSpoolTest, AFullDiskIsTold) {
  change(R"sql(
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON log_chunks FOR EACH ROW EXECUTE FUNCTION full_disk())sql");
  const auto full = try_write(*spool_, "x", text_of(30 * piece));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, Failure::Kind::throttled);
  EXPECT_THAT(full.error().what, HasSubstr("No space left on device"));
  change("DROP TRIGGER full_disk ON log_chunks");
  EXPECT_TRUE(try_write(*spool_, "x", "y")) << "the same connection goes on";
}

TEST_F(LogSpoolTest, NoMoreThan16MegabytesShouldBeKept) {
  EXPECT_EQ(spool_->limit().bytes, 16'000'000U);
  EXPECT_THAT(spool_->limit().why, HasSubstr("keeps 16 MB of a log; c['spool'] can name"));
}

TEST_F(LogSpoolTest, ADatabaseWithoutTablesIsTold) {
  change("DROP TABLE log_chunks, log_files");
  const auto found = run(io_, spool_->entries());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(found.error().what, HasSubstr("log_files"));
}

TEST_F(LogSpoolTest, AServerThatIsAwayIsWorthWaitingFor) {
  test::PostgresServer server;
  const Address address = Address::of_postgres(server.url(), path_);
  postgres::Tenure(postgres::Place(server.url())).connect();
  const auto spool = open_spool(io_.get_executor(), address);
  ASSERT_TRUE(try_write(*spool, "x", "kept"));
  const auto under_way = spool->create("y");
  ASSERT_TRUE(run(io_, under_way->write_at(0, text_of(30 * piece))));
  const auto open = run(io_, spool->open("x", 4)).value();
  server.kill();
  for (const auto& failed : {run(io_, under_way->write_at(0, text_of(30 * piece))),
                             try_write(*spool, "z", "z"), run(io_, spool->remove({"x"}))}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, Failure::Kind::unreachable) << failed.error().what;
    EXPECT_TRUE(failed.error().retry_after);
  }
  EXPECT_EQ(run(io_, open->read(0, 4)).error().kind, Failure::Kind::unreachable);
  server.start();
  // Over a new connection, what was begun before included.
  EXPECT_EQ(run(io_, open->read(0, 4)).value(), "kept");
  ASSERT_TRUE(run(io_, under_way->write_at(30 * piece, "end")));
  ASSERT_TRUE(run(io_, under_way->finish(30 * piece + 3)));
  EXPECT_TRUE(read(*spool, "y", 30 * piece + 3) == text_of(30 * piece) + "end");
}

TEST_F(LogSpoolTest, ATableOfVersion2GetsThem) {
  change("DROP TABLE log_chunks, log_files; UPDATE meta SET value = '2' WHERE key = 'schema'");
  postgres::Tenure(place_of_test(path_)).connect();
  EXPECT_TRUE(try_write(*spool_, "x", "text"));
  EXPECT_EQ(number("SELECT value::bigint FROM meta WHERE key = 'schema'"), 3);
}

// The commit of finish(), of which the answer does not arrive, and which does not arrive.
class CutSpoolTest : public LogSpoolTest, public testing::WithParamInterface<postgres::FakeLink::Cut> {};

INSTANTIATE_TEST_SUITE_P(Cuts, CutSpoolTest,
                         testing::Values(postgres::FakeLink::Cut::before, postgres::FakeLink::Cut::after),
                         [](const auto& info) {
                           return info.param == postgres::FakeLink::Cut::before ? "before" : "after";
                         });

TEST_P(CutSpoolTest, ACommitOfUnknownOutcomeIsMadeSure) {
  const std::string url = test::PostgresServer::shared().url();
  postgres::FakeLink link(url.substr(url.find("host=") + 5));
  const auto spool = open_spool(io_.get_executor(),
                                Address::of_postgres("postgresql://carillon@/postgres?host=" + link.folder() +
                                                         "&options=-csearch_path%3Dtest_" + short_hash(path_),
                                                     path_));
  ASSERT_TRUE(try_write(*spool, "before", text_of(30 * piece)));  // its COMMIT is prepared
  const std::string text = text_of(30 * piece, 3);
  const auto writer = spool->create("x");
  link.cut(GetParam());
  ASSERT_TRUE(run(io_, writer->write_at(0, text)));
  EXPECT_TRUE(link.was_cut());
  link.cut(GetParam());
  ASSERT_TRUE(run(io_, writer->finish(text.size())));
  EXPECT_TRUE(link.was_cut());
  EXPECT_TRUE(read(*spool_, "x", text.size()) == text);
  EXPECT_THAT(names(*spool_), UnorderedElementsAre("before", "x"));
}

}  // namespace
}  // namespace carillon::store
