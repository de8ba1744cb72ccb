# ae_options: compiler options of the project's sources.

if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 11)
   OR (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14))
  message(FATAL_ERROR "${CMAKE_CXX_COMPILER} is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}; "
                      "C++20 needs g++ 11 or clang 14 or newer; set -DCMAKE_CXX_COMPILER=")
endif()

# No -fopenmp: LibTorch has its own libgomp, and a second one breaks thread affinity.
add_library(ae_options INTERFACE)
target_include_directories(ae_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
# Square roots that set errno and comparisons that may trap are not vectorised.
target_compile_options(ae_options INTERFACE -fno-math-errno -fno-trapping-math)
# Designated initialisers omit members that have defaults. GCC 12 warns of overlap in its own
# std::string (GCC bug 105651).
target_compile_options(ae_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
  -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(AE_WERROR)
  target_compile_options(ae_options INTERFACE -Werror)
endif()

if(AE_SANITIZE)
  # The vptr check needs type information that LibTorch does not export.
  add_compile_options(-fsanitize=${AE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${AE_SANITIZE})
  add_compile_definitions(AE_SANITIZED)
  if(AE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

if(AE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "AE_FUZZ needs clang, which includes libFuzzer; set -DCMAKE_CXX_COMPILER=")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(AE_CCACHE ccache)
if(AE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(sloppiness pch_defines,time_macros,include_file_mtime,include_file_ctime)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} ${AE_CCACHE})
endif()
