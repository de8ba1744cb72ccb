# Libraries other than LibTorch: the system's if installed, else downloaded.
include(FetchContent)
find_package(Threads REQUIRED)

set(JSON_BuildTests OFF)
set(JSON_Install OFF)
set(CLI11_BUILD_TESTS OFF)
set(CLI11_BUILD_EXAMPLES OFF)
set(INSTALL_GTEST OFF)
set(ZLIB_BUILD_EXAMPLES OFF)

FetchContent_Declare(CLI11 SYSTEM
  GIT_REPOSITORY https://github.com/CLIUtils/CLI11.git GIT_TAG v2.4.2 GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 2.1)
FetchContent_Declare(nlohmann_json SYSTEM
  GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.3 GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 3.10)
FetchContent_Declare(spdlog SYSTEM
  GIT_REPOSITORY https://github.com/gabime/spdlog.git GIT_TAG v1.14.1 GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 1.9)
FetchContent_Declare(ZLIB SYSTEM
  GIT_REPOSITORY https://github.com/madler/zlib.git GIT_TAG v1.3.1 GIT_SHALLOW ON
  FIND_PACKAGE_ARGS 1.2)
FetchContent_MakeAvailable(CLI11 nlohmann_json spdlog ZLIB)

# zlib's build has other target names, and writes zconf.h into its build folder.
if(NOT TARGET ZLIB::ZLIB)
  target_include_directories(zlibstatic INTERFACE ${zlib_SOURCE_DIR} ${zlib_BINARY_DIR})
  add_library(ZLIB::ZLIB ALIAS zlibstatic)
endif()

if(AE_TESTS)
  FetchContent_Declare(GTest SYSTEM
    GIT_REPOSITORY https://github.com/google/googletest.git GIT_TAG v1.14.0 GIT_SHALLOW ON
    FIND_PACKAGE_ARGS 1.11)
  FetchContent_MakeAvailable(GTest)
endif()

# ae_header_library(NAME HEADER REPOSITORY TAG): ae::NAME, a header-only library.
# SOURCE_SUBDIR names a folder that does not exist, so that the library's build is not added.
function(ae_header_library name header repository tag)
  find_path(AE_${name}_INCLUDE ${header} PATH_SUFFIXES ${name})
  set(folder ${AE_${name}_INCLUDE})
  if(NOT folder)
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(${name})
    set(folder ${${name}_SOURCE_DIR})
  endif()
  add_library(ae_${name} INTERFACE)
  target_include_directories(ae_${name} SYSTEM INTERFACE ${folder})
  add_library(ae::${name} ALIAS ae_${name})
endfunction()

ae_header_library(stb stb_image_write.h
  https://github.com/nothings/stb.git f75e8d1cad7d90d72ef7a4661f1b994ef78b4e31)
ae_header_library(xxhash xxhash.h
  https://github.com/Cyan4973/xxHash.git v0.8.2)
