# carillon_suites(NAME SOURCE...): registers the test program NAME_test by ctest, one test NAME.SUITE for each suite of
# its sources: a process for each case would spend most of its time starting. What the sources do not show - a suite
# added since cmake ran, or made by a macro - runs as NAME.rest, so that no case is ever left out.
# With -DCARILLON_CASES=ON each case is a test of its own instead: it shows that every case can run alone.
option(CARILLON_CASES "register each GoogleTest case by ctest, instead of each suite" OFF)

function(carillon_suites name)
  set(of_all LABELS unit TIMEOUT 900 REQUIRED_FILES $<TARGET_FILE:${name}_test>)
  if(CARILLON_CASES)
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES ${of_all})
    return()
  endif()
  set(suites "")
  foreach(source ${ARGN})
    file(READ ${source} text)
    string(REGEX MATCHALL "\nTEST(_F|_P)?\\([A-Za-z0-9_]+," heads "${text}")
    foreach(head ${heads})
      string(REGEX REPLACE ".*\\(([A-Za-z0-9_]+),$" "\\1" suite "${head}")
      list(APPEND suites ${suite})
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES suites)
  set(known "")
  foreach(suite ${suites})
    set(filter "${suite}.*:*/${suite}.*")  # the second: suites with parameters, INSTANCE/SUITE.CASE/NUMBER
    add_test(NAME ${name}.${suite} COMMAND ${name}_test --gtest_filter=${filter})
    set_tests_properties(${name}.${suite} PROPERTIES ${of_all})
    list(APPEND known ${filter})
  endforeach()
  list(JOIN known ":" known)
  add_test(NAME ${name}.rest COMMAND ${name}_test --gtest_filter=-${known})
  set_tests_properties(${name}.rest PROPERTIES ${of_all})
endfunction()
