# What makes a fault of memory harder to use: for the whole program, with whatever compiler and linker has it. Beside
# sanitizers only what the linker does: they have checks of their own. doc/security.md says what it is worth.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES CXX)  # CMAKE_POSITION_INDEPENDENT_CODE makes the program one that lies anywhere
check_linker_flag(CXX "LINKER:-z,relro,-z,now" CARILLON_RELRO)
if(CARILLON_RELRO)
  add_link_options("LINKER:-z,relro,-z,now")
endif()

if(NOT CARILLON_SANITIZE)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "CARILLON_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      add_compile_options(${flag})
    endif()
  endforeach()
  # It needs an optimizer.
  add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
endif()
