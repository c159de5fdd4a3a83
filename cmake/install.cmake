# cmake --install: the program, its unit for systemd, and what there is to read.
include(GNUInstallDirs)

install(TARGETS carillon RUNTIME)
# The unit names the program where it is installed.
install(CODE "
  execute_process(COMMAND ${CMAKE_COMMAND} -DOUTPUT=${CMAKE_BINARY_DIR}/carillon.service -DPREFIX=\${CMAKE_INSTALL_PREFIX}
    -DBINDIR=${CMAKE_INSTALL_BINDIR} -DDOCDIR=${CMAKE_INSTALL_DOCDIR} -P ${CMAKE_SOURCE_DIR}/cmake/unit.cmake
    COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${CMAKE_BINARY_DIR}/carillon.service DESTINATION lib/systemd/system)
install(DIRECTORY doc/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN decisions EXCLUDE)
install(FILES README.md NEWS.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# What the program says of itself: the manual page and the completions.
set(told ${CMAKE_BINARY_DIR}/told)
install(CODE "
  file(MAKE_DIRECTORY ${told})
  foreach(what carillon.1 bash zsh fish)
    set(words completion \${what})
    if(what STREQUAL carillon.1)
      set(words manual-page)
    endif()
    execute_process(COMMAND $<TARGET_FILE:carillon> \${words} OUTPUT_FILE ${told}/\${what} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(FILES ${told}/carillon.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${told}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME carillon)
install(FILES ${told}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _carillon)
install(FILES ${told}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME carillon.fish)

include(cmake/package.cmake)
