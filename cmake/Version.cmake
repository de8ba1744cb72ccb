# ae_version: version.h in the build folder, updated at each build if it changed. Only one source
# includes it, so that a commit recompiles one file. Also run as a script (cmake -P).
if(CMAKE_SCRIPT_MODE_FILE)
  set(GIT_COMMIT unknown)
  execute_process(COMMAND git rev-parse --short=12 HEAD WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE commit RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(failed STREQUAL "0")
    execute_process(COMMAND git diff --quiet HEAD -- src CMakeLists.txt cmake
      WORKING_DIRECTORY ${SOURCE_DIR} RESULT_VARIABLE modified ERROR_QUIET)
    set(GIT_COMMIT ${commit})
    if(NOT modified STREQUAL "0")
      string(APPEND GIT_COMMIT -modified)
    endif()
  endif()
  configure_file(${SOURCE_DIR}/cmake/version.h.in ${OUTPUT} @ONLY)
  return()
endif()

set(ae_generated ${CMAKE_BINARY_DIR}/generated)
add_custom_target(ae_generate_version
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DOUTPUT=${ae_generated}/version.h
          -DVERSION=${PROJECT_VERSION} -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -P ${CMAKE_SOURCE_DIR}/cmake/Version.cmake
  BYPRODUCTS ${ae_generated}/version.h
  COMMENT "Checking version.h" VERBATIM)
add_library(ae_version INTERFACE)
target_include_directories(ae_version INTERFACE ${ae_generated})
add_dependencies(ae_version ae_generate_version)
