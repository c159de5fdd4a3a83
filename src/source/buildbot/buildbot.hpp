// sources.Buildbot: a Buildbot master, observed over its websocket and asked over its data API.
#pragma once

#include <memory>

#include "settings/arguments.hpp"
#include "source/environment.hpp"
#include "source/source.hpp"

namespace carillon::source::buildbot {

// sources.Buildbot(url, auth=None, verify=True, public_url=None, missing_timeout=3600, shutdown_command=None,
//                  basedir=None)
settings::Schema schema();

// Throws ConfigError for a bad url or auth.
//
// Every build, buildset and missing worker is given to the sink once, in order, whatever happens in between:
// after each connect what was missed is asked for, from the stored cursor on. The very first connect starts
// from now. The return of a worker that was reported missing is given to it once, too, where it wants that.
//
// control(): who did it, and why, is recorded only where Buildbot has a place for it:
//  - "force": Buildbot overwrites `owner` with the login of `auth`, whatever is sent. Without a login, and
//  where
//    the master does not know an expired one, it takes the owner from the parameter of the scheduler's
//    `username` (the first field of all_fields[0], "username" unless configured otherwise; with need_email it
//    must hold an address). So send the person there, and in the parameter of `reason` (the second field) as
//    well: the build's reason is by default "A build was forced by 'OWNER': REASON". Names of parameters are
//    the fields' fullName; a boolean is true or false ("true" counts as false), other values are strings, of
//    a `multiple` one a list of them. Buildbot ignores unknown names, and does not look whether the builder
//    is one of the scheduler's: the caller must. The result is [bsid, {builderid: buildrequestid}].
//  - "stop" of builds/N, "cancel" of buildrequests/N: {"reason": ...} is all that is kept of it, so that the
//    person must be in the reason. The result is null, also where N does not exist or has ended.
//
// shutdown(): shutdown_command where it is given, else signals to the master in basedir (shutdown.hpp).
std::unique_ptr<Source> make(const settings::Arguments& args, const Environment& environment);

}  // namespace carillon::source::buildbot
