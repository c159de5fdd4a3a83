// A spool in the database: files of long logs as pieces of 256 KB, which all nodes have.
#pragma once

#include <memory>

#include "spool/spool.hpp"
#include "store/postgres/place.hpp"

namespace carillon::store::postgres {

// Connects when it is first used, over sessions of its own (two at most), by which nothing else is written:
// the store waits for none of them. There must be tables by then. Needs no lock and no lease: names are
// unique, so what a server writes after its time is found by no delivery, and is removed by whoever serves;
// and a file that a delivery needs is not removed, whoever asks for it.
std::unique_ptr<spool::Spool> open_log_spool(const asio::any_io_executor& io, const Place& place);

}  // namespace carillon::store::postgres
