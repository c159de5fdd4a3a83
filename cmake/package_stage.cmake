# Makes out of what `cmake --install` installs what a Debian package should hold. cpack runs it when everything is in
# CPACK_TEMPORARY_INSTALL_DIRECTORY and no package is made yet.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(contrib ${CMAKE_CURRENT_LIST_DIR}/../contrib/debian)
set(doc ${root}/usr/share/doc/carillon)
set(public OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# The package makes a user that stays, so that the owner of the database has a name, also without systemd.
set(unit ${root}/usr/lib/systemd/system/carillon.service)
file(READ ${unit} text)
string(REPLACE "\n# A user of its own, made for the run; the database" "\n# The package's user; the database" text "${text}")
string(REPLACE "\nDynamicUser=yes\n" "\nUser=carillon\nGroup=carillon\n" text "${text}")
if(NOT text MATCHES "\nUser=carillon\n")
  message(FATAL_ERROR "carillon.service has no line DynamicUser=yes: mend cmake/package_stage.cmake")
endif()
file(WRITE ${unit} "${text}")

file(COPY ${contrib}/carillon.cfg DESTINATION ${root}/etc/carillon FILE_PERMISSIONS ${public})
file(COPY ${contrib}/copyright DESTINATION ${doc} FILE_PERMISSIONS ${public})
file(REMOVE ${doc}/LICENSE)  # copyright says it

string(TIMESTAMP changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of SOURCE_DATE_EPOCH, if that is set
configure_file(${contrib}/changelog.in ${doc}/changelog @ONLY)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${root}/usr/share/man/man1/carillon.1 COMMAND_ERROR_IS_FATAL ANY)
