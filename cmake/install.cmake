# cmake --install: the program, its unit for systemd, and what there is to read.
include(GNUInstallDirs)

# The unit names the program where it is installed.
file(READ ${CMAKE_SOURCE_DIR}/contrib/systemd/carillon.service unit)
string(REPLACE "/usr/bin/carillon" "${CMAKE_INSTALL_FULL_BINDIR}/carillon" unit "${unit}")
string(REPLACE "/usr/share/doc/carillon" "${CMAKE_INSTALL_FULL_DOCDIR}" unit "${unit}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/carillon.service CONTENT "${unit}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/contrib/systemd/carillon.service)

install(TARGETS carillon RUNTIME)
install(FILES ${CMAKE_BINARY_DIR}/carillon.service DESTINATION lib/systemd/system)
install(DIRECTORY doc/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN decisions EXCLUDE)
install(FILES README.md NEWS.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
