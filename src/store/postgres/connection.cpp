#include "store/postgres/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>
#include <vector>

#include "store/states.hpp"

namespace carillon::store::postgres {
namespace {

constexpr int oldest_server = 140000;
constexpr std::string_view too_long = "the question takes too long";
// Until the server's word that it has given up a question must be here.
constexpr std::chrono::milliseconds after_limit{5000};

// What is wrong with a server, rather than with what it was told.
constexpr std::string_view lost_codes[] = {"08", "57P01", "57P02", "57P03", "25P03", "25006"};
// 40: a deadlock, 53: no room (of disk, memory, connections), 55P03: a lock that others hold too long.
constexpr std::string_view again_codes[] = {"40", "53", locked_code};

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string field(const PGresult* result, int which) {
  const char* text = PQresultErrorField(result, which);
  return text != nullptr ? text : "";
}

void ignore_notice(void*, const PGresult*) {}

}  // namespace

PgError::Kind kind_of_code(std::string_view code) {
  for (const std::string_view one : lost_codes) {
    if (code.starts_with(one)) return PgError::Kind::lost;
  }
  for (const std::string_view one : again_codes) {
    if (code.starts_with(one)) return PgError::Kind::again;
  }
  return PgError::Kind::other;
}

Failure to_failure(const PgError& error) {
  switch (error.kind()) {
    case PgError::Kind::lost:
      return Failure{Failure::Kind::throttled, error.what(), std::chrono::seconds(2)};
    case PgError::Kind::again:
      return Failure{Failure::Kind::throttled, error.what(), std::chrono::seconds(5)};
    case PgError::Kind::other:
      break;
  }
  return Failure{Failure::Kind::unreachable, error.what(), std::nullopt};
}

Connection::Connection(const Place& place) : shown_(place.shown()), connection_(nullptr, PQfinish) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : place.parameters()) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (PQstatus(connection_.get()) != CONNECTION_OK) fail_to_connect();
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
  PQsetnonblocking(connection_.get(), 1);  // next_result() waits, and not for ever
  configure();
}

Connection::~Connection() = default;

void Connection::fail_to_connect() {
  if (!connection_) throw PgError(PgError::Kind::lost, "", shown_ + ": out of memory");
  // libpq's own text: it names the server and the user, and no password.
  const std::string why = first_line(PQerrorMessage(connection_.get()));
  throw PgError(PgError::Kind::lost, "", shown_ + ": " + why);
}

void Connection::configure() {
  const int version = PQserverVersion(connection_.get());
  if (version < oldest_server) {
    throw PgError(
        PgError::Kind::other, "",
        shown_ + " is PostgreSQL " + std::to_string(version / 10000) + "; Carillon needs 14 or newer");
  }
  const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    throw PgError(PgError::Kind::other, "",
                  shown_ + " has the encoding " + (encoding != nullptr ? encoding : "?") +
                      "; Carillon needs UTF8: createdb --encoding=UTF8 --template=template0 NAME");
  }
  // Joins of a handful of rows with a table go row by row through an index, whatever the planner believes of
  // a table that it saw empty.
  run(R"sql(
      SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
      SET plan_cache_mode = force_generic_plan; SET jit = off; SET standard_conforming_strings = on;
      SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '10s'; SET statement_timeout = 0;
      SET idle_session_timeout = 0; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
      SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;
      SET default_transaction_isolation = 'read committed';
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
      SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout';
      )sql");
}

int Connection::process() const {
  return PQbackendPID(connection_.get());
}

void Connection::limit_time(std::chrono::milliseconds most) {
  run("SET statement_timeout = " + std::to_string(most.count()));
  most_time_ = most;
  limit_silence(most.count() > 0 ? most + after_limit : most);
}

void Connection::limit_waits(std::chrono::milliseconds most) {
  run("SET lock_timeout = " + std::to_string(most.count()));
}

void Connection::begin_question() {
  if (most_time_.count() > 0) deadline_ = std::chrono::steady_clock::now() + most_time_;
}

void Connection::fail(const pg_result* result) {
  const std::string code = field(result, PG_DIAG_SQLSTATE);
  // What libpq says by itself has no code: it is about the connection.
  if (PQstatus(connection_.get()) == CONNECTION_BAD || code.empty()) {
    const std::string said = field(result, PG_DIAG_MESSAGE_PRIMARY);
    throw PgError(PgError::Kind::lost, code,
                  shown_ + ": " + (said.empty() ? first_line(PQerrorMessage(connection_.get())) : said));
  }
  std::string text = code == given_up_code ? std::string(too_long) : field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (text.empty()) text = first_line(PQerrorMessage(connection_.get()));
  throw PgError(kind_of_code(code), code, "database: " + text);
}

void Connection::run(const std::string& sql) {
  if (PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF) PQexitPipelineMode(connection_.get());
  check_sent(PQsendQuery(connection_.get(), sql.c_str()));
  Rows wrong(nullptr);
  for (Rows result = next_result(); result.raw() != nullptr; result = next_result()) {
    const ExecStatusType status = PQresultStatus(result.raw());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) wrong = result;
    if (PQstatus(connection_.get()) == CONNECTION_BAD) break;
  }
  if (PQstatus(connection_.get()) == CONNECTION_BAD || wrong.raw() != nullptr) fail(wrong.raw());
}

Rows Connection::next_result() {
  pg_conn* db = connection_.get();
  while (PQstatus(db) != CONNECTION_BAD) {
    const int unsent = PQflush(db);
    if (unsent < 0 || (unsent == 0 && PQisBusy(db) == 0)) break;
    pollfd way{PQsocket(db), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
    const int most = most_silence_.count() > 0 ? static_cast<int>(most_silence_.count()) : -1;
    const int moved = poll(&way, 1, most);
    if (moved == 0) {
      given_up_ = true;
      throw PgError(PgError::Kind::lost, "",
                    shown_ + ": has not answered for " + std::to_string(most / 1000) + " s");
    }
    if (moved < 0 && errno != EINTR) break;
    if ((way.revents & ~POLLOUT) != 0 && PQconsumeInput(db) == 0) break;
  }
  return Rows(PQgetResult(db));
}

void Connection::check_sent(int sent) {
  if (sent == 1) return;
  throw PgError(PgError::Kind::lost, "", shown_ + ": " + first_line(PQerrorMessage(connection_.get())));
}

void Connection::send(const char* sql, const Parameters& parameters) {
  if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF)
    check_sent(PQenterPipelineMode(connection_.get()));
  const auto& all = parameters.values();
  const auto count = static_cast<int>(all.size());
  auto [name, is_new] = prepared_.try_emplace(sql);
  if (is_new) {
    name->second = "c" + std::to_string(++names_);
    std::vector<Oid> types;
    types.reserve(all.size());
    for (const Parameters::Value& value : all)
      types.push_back(static_cast<Oid>(value.type));
    check_sent(PQsendPrepare(connection_.get(), name->second.c_str(), with_states(sql).c_str(), count,
                             types.data()));
    awaited_.push_back({sql});
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> binary(all.size(), 1);
  for (const Parameters::Value& value : all) {
    values.push_back(value.bytes ? value.bytes->data() : nullptr);
    lengths.push_back(value.bytes ? static_cast<int>(value.bytes->size()) : 0);
  }
  check_sent(PQsendQueryPrepared(connection_.get(), name->second.c_str(), count, values.data(),
                                 lengths.data(), binary.data(), 1));
  awaited_.push_back({});
}

Rows Connection::query(const char* sql, const Parameters& parameters) {
  if (deadline_ && std::chrono::steady_clock::now() > *deadline_)
    throw PgError(PgError::Kind::other, given_up_code, "database: " + std::string(too_long));
  send(sql, parameters);
  return receive();
}

// All that is awaited, up to the end of the pipeline. The first error is thrown when all was read.
Rows Connection::receive() {
  check_sent(PQpipelineSync(connection_.get()));
  Rows last(nullptr);
  Rows wrong(nullptr);
  while (!awaited_.empty()) {
    const Awaited awaited = awaited_.front();
    awaited_.pop_front();
    Rows result = next_result();
    const ExecStatusType status = PQresultStatus(result.raw());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good && awaited.preparing != nullptr) prepared_.erase(awaited.preparing);
    if (!good && wrong.raw() == nullptr) wrong = result;
    if (PQstatus(connection_.get()) == CONNECTION_BAD) break;
    next_result();  // the end of this one
    last = std::move(result);
  }
  awaited_.clear();
  if (PQstatus(connection_.get()) != CONNECTION_BAD) {
    const Rows sync = next_result();
    if (wrong.raw() == nullptr && PQresultStatus(sync.raw()) != PGRES_PIPELINE_SYNC) wrong = sync;
  }
  if (PQstatus(connection_.get()) == CONNECTION_BAD || wrong.raw() != nullptr) fail(wrong.raw());
  return last;
}

void Connection::commit() {
  const Rows done = query("COMMIT");
  if (done.command() != "COMMIT")
    throw PgError(PgError::Kind::other, "", "database: the transaction was rolled back");
}

void Connection::rollback() {
  if (given_up_ || PQstatus(connection_.get()) == CONNECTION_BAD)
    throw PgError(PgError::Kind::lost, "", shown_ + ": the connection is lost");
  if (!awaited_.empty()) {
    try {
      receive();
    } catch (const PgError& error) {  // it is rolled back all the same
      if (error.kind() == PgError::Kind::lost) throw;
    }
  }
  query("ROLLBACK");
}

Transaction::~Transaction() {
  if (done_) return;
  try {
    db_.rollback();
  } catch (const PgError&) {  // NOLINT(bugprone-empty-catch): the error that led here is on its way already
  }
}

void Transaction::commit() {
  db_.commit();
  done_ = true;
}

}  // namespace carillon::store::postgres
