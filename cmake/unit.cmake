# Writes OUTPUT: the unit for systemd, with the folders that the program and its documents are installed in.
# usage: cmake -DOUTPUT=FILE -DPREFIX=FOLDER -DBINDIR=FOLDER -DDOCDIR=FOLDER -P unit.cmake
file(READ ${CMAKE_CURRENT_LIST_DIR}/../contrib/systemd/carillon.service unit)
foreach(folder BINDIR DOCDIR)
  cmake_path(ABSOLUTE_PATH ${folder} BASE_DIRECTORY ${PREFIX})
endforeach()
string(REPLACE "/usr/bin/carillon" "${BINDIR}/carillon" unit "${unit}")
string(REPLACE "/usr/share/doc/carillon" "${DOCDIR}" unit "${unit}")
file(WRITE ${OUTPUT} "${unit}")
