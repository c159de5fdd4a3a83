# cpack: a package for Debian, and its debug symbols as a package of their own. Run it by scripts/package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME carillon)
set(CPACK_PACKAGE_VENDOR "The Carillon founders")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "build-status reporting server")
set(CPACK_PACKAGE_DESCRIPTION "Carillon hears of builds, from Buildbot masters or from anything that can
POST JSON, and reports them by mail, HTTP, GitHub, GitLab, Bitbucket, Gerrit,
Zulip, HipChat, Slack, Pushover, Pushjet, IRC and Telegram. It reads the
configuration of Buildbot's reporters.

An event is on disk before it is acknowledged, and a report is sent until the
other side has taken it, across restarts, crashes, full disks and servers that
are down.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_STRIP_FILES OFF)  # the generator below splits the symbols off by itself
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package_stage.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Python is embedded, and what it imports must be of the same version (doc/decisions/0002-python.md).
math(EXPR next_minor "${Python_VERSION_MINOR} + 1")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3 (>= ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}~), \
python3 (<< ${Python_VERSION_MAJOR}.${next_minor}~), python3-jinja2, adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "default-mta | mail-transport-agent, openssh-client, python3-twisted")
set(contrib ${CMAKE_SOURCE_DIR}/contrib/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${contrib}/conffiles ${contrib}/postinst ${contrib}/prerm ${contrib}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Whoever builds the package signs for it, with the variables that Debian's tools know.
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The Carillon founders <carillon@example.org>")
if(DEFINED ENV{DEBEMAIL} AND DEFINED ENV{DEBFULLNAME})
  set(CPACK_DEBIAN_PACKAGE_MAINTAINER "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
include(CPack)
