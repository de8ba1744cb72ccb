# ae::torch: LibTorch, taken from the first of
#   1. the user's choice: CMAKE_PREFIX_PATH or Torch_DIR (variable or environment),
#   2. the torch package that `python3` finds,
#   3. the project's private environment, .venv (scripts/setup.sh makes it).
# CPU and CUDA builds both serve, the latter with no CUDA toolkit and no GPU.
set(AE_TORCH_MINIMUM 2.13)

# Sets OUT to the folder of PYTHON's torch package, without importing it, or to "".
function(ae_python_torch python out)
  set(found "")
  execute_process(
    COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# Sets OUT to the version of the LibTorch under ROOT, or to "".
function(ae_torch_version root out)
  set(version "")
  set(header ${root}/include/torch/headeronly/version.h)
  if(NOT EXISTS ${header})
    set(header ${root}/include/torch/csrc/api/include/torch/version.h)
  endif()
  if(EXISTS ${header})
    file(STRINGS ${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
    list(JOIN numbers . version)
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Sets AE_TORCH_ROOT, AE_TORCH_VERSION and AE_TORCH_ORIGIN, or stops.
function(ae_find_torch)
  # The user's choice binds: a wrong version there is an error, not a reason to look on.
  find_path(AE_TORCH_CONFIG_DIR TorchConfig.cmake
    HINTS ${Torch_DIR} ENV Torch_DIR PATH_SUFFIXES share/cmake/Torch lib/cmake/Torch
    NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH)
  mark_as_advanced(AE_TORCH_CONFIG_DIR)
  set(rejected "")
  if(AE_TORCH_CONFIG_DIR)
    get_filename_component(root ${AE_TORCH_CONFIG_DIR}/../../.. ABSOLUTE)
    set(candidates "CMAKE_PREFIX_PATH|${root}")
  else()
    ae_python_torch(python3 from_path)
    ae_python_torch(${CMAKE_SOURCE_DIR}/.venv/bin/python private)
    set(candidates "python3|${from_path}" ".venv|${private}")
  endif()
  foreach(candidate IN LISTS candidates)
    string(REPLACE "|" ";" candidate "${candidate}")
    list(GET candidate 0 origin)
    list(GET candidate 1 root)
    if(root STREQUAL "")
      continue()
    endif()
    ae_torch_version("${root}" version)
    if(version VERSION_GREATER_EQUAL AE_TORCH_MINIMUM)
      set(AE_TORCH_ROOT ${root} PARENT_SCOPE)
      set(AE_TORCH_VERSION ${version} PARENT_SCOPE)
      set(AE_TORCH_ORIGIN ${origin} PARENT_SCOPE)
      return()
    endif()
    string(APPEND rejected " (${root} has version '${version}')")
  endforeach()
  message(FATAL_ERROR "No LibTorch ${AE_TORCH_MINIMUM} or newer found${rejected}: run scripts/setup.sh, "
                      "or name one with -DCMAKE_PREFIX_PATH=/path/to/libtorch")
endfunction()

ae_find_torch()
add_library(ae_torch INTERFACE)
add_library(ae::torch ALIAS ae_torch)
if(EXISTS ${AE_TORCH_ROOT}/lib/libtorch_cuda.so)
  include(LibTorchCuda)
else()
  # The package's own configuration; its warning that kineto is missing is harmless.
  find_package(Torch REQUIRED PATHS ${AE_TORCH_ROOT}/share/cmake/Torch NO_DEFAULT_PATH)
  target_link_libraries(ae_torch INTERFACE ${TORCH_LIBRARIES})
  set(AE_WITH_CUDA OFF)
  set(AE_TORCH_KIND "CPU only")
endif()
message(STATUS "LibTorch ${AE_TORCH_VERSION} (${AE_TORCH_KIND}) from ${AE_TORCH_ORIGIN}: ${AE_TORCH_ROOT}")
