# Locates LibTorch, the first of
#   1. the user's choice: CMAKE_PREFIX_PATH or Torch_DIR (variable or environment),
#   2. the torch package that `python3` finds,
#   3. the project's private environment, .venv (scripts/setup.sh makes it).
# As a script (cmake -P), prints the folder, or nothing if none is found; fails if the user's choice
# is not usable.
set(AE_TORCH_MINIMUM 2.13)

# Sets OUT to the folder of PYTHON's torch package, without importing it, or to "".
function(ae_python_torch python out)
  set(found "")
  execute_process(
    COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# Sets OUT to the LibTorch named by the user, or to "".
function(ae_user_torch out)
  set(configs ${Torch_DIR} $ENV{Torch_DIR})
  if(configs)
    list(GET configs 0 config)
    get_filename_component(folder ${config}/../../.. ABSOLUTE)
    set(${out} ${folder} PARENT_SCOPE)
    return()
  endif()
  string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH prefixes)
    # A prefix is LibTorch's folder, or torch.utils.cmake_prefix_path, its share/cmake.
    foreach(folder ${prefix} ${prefix}/../..)
      if(EXISTS ${folder}/lib/libtorch.so)
        get_filename_component(folder ${folder} ABSOLUTE)
        set(${out} ${folder} PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

# Sets OUT to the version of the LibTorch in ROOT, or to "".
function(ae_torch_version root out)
  set(version "")
  foreach(header headeronly/version.h csrc/api/include/torch/version.h)
    if(EXISTS ${root}/include/torch/${header} AND version STREQUAL "")
      file(STRINGS ${root}/include/torch/${header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
      list(JOIN numbers . version)
    endif()
  endforeach()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Sets AE_TORCH_ROOT and AE_TORCH_VERSION, or AE_TORCH_ERROR. The user's choice is binding: a version
# that is too old is an error. Elsewhere the next location is tried.
function(ae_locate_torch source_dir)
  ae_user_torch(user)
  if(NOT user AND AE_USER_TORCH AND EXISTS ${AE_USER_TORCH}/lib/libtorch.so)
    set(user ${AE_USER_TORCH})  # chosen when this build folder was configured
  endif()
  if(user)
    set(origins user)
  else()
    ae_python_torch(python3 python3)
    ae_python_torch(${source_dir}/.venv/bin/python private)
    set(origins python3 private)
  endif()
  set(rejected "")
  foreach(origin IN LISTS origins)
    if(${origin} STREQUAL "")
      continue()
    endif()
    ae_torch_version(${${origin}} version)
    if(version VERSION_GREATER_EQUAL AE_TORCH_MINIMUM AND EXISTS ${${origin}}/lib/libtorch.so)
      set(AE_TORCH_ROOT ${${origin}} PARENT_SCOPE)
      set(AE_TORCH_VERSION ${version} PARENT_SCOPE)
      if(user AND NOT CMAKE_SCRIPT_MODE_FILE)
        set(AE_USER_TORCH ${user} CACHE INTERNAL "LibTorch as named by the user")
      endif()
      return()
    endif()
    if(version STREQUAL "")
      set(version none)
    endif()
    string(APPEND rejected "; ${${origin}} holds ${version}")
  endforeach()
  string(CONCAT message "no LibTorch ${AE_TORCH_MINIMUM} or newer found: run scripts/setup.sh, or name "
                        "one with CMAKE_PREFIX_PATH=/path/to/libtorch${rejected}")
  set(AE_TORCH_CHOSEN "${user}" PARENT_SCOPE)
  set(AE_TORCH_ERROR "${message}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  get_filename_component(source_dir ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
  ae_locate_torch(${source_dir})
  if(AE_TORCH_CHOSEN)
    message(FATAL_ERROR "${AE_TORCH_ERROR}")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${AE_TORCH_ROOT}")
endif()
