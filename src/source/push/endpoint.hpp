// POST /ingest: how a push source takes what is posted to it.
#pragma once

#include <memory>

#include "source/environment.hpp"
#include "source/push/push.hpp"

namespace carillon::source::push {

// The route keeps the source alive while a request is answered. The references outlive it.
web::Route ingest_route(std::shared_ptr<const Push> push, const Environment& environment, Sink& sink);

}  // namespace carillon::source::push
