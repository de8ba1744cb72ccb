# ae::torch: LibTorch, CPU or CUDA build; the latter needs neither a CUDA toolkit nor a GPU. The
# package's CMake configuration is not used: that of a CUDA build requires a complete toolkit, which
# neither compiling nor linking needs.
include(LocateTorch)

# Sets OUT to the include folders of CUDA, from the wheels beside LibTorch or else from a toolkit, if
# they compile and are of CUDA's MAJOR version; else to "".
function(ae_find_cuda_headers site major out)
  include(CheckCXXSourceCompiles)
  set(wheel ${site}/nvidia/cu${major}/include ${site}/nvidia/cu${major}/include/cccl
      ${site}/nvidia/nccl/include)
  set(toolkit $ENV{CUDA_HOME}/include $ENV{CUDA_HOME}/include/cccl
      /usr/local/cuda/include /usr/local/cuda/include/cccl)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # compile, do not link
  set(${out} "" PARENT_SCOPE)
  foreach(origin wheel toolkit)
    set(folders "")
    foreach(folder IN LISTS ${origin})
      if(IS_DIRECTORY ${folder})
        list(APPEND folders ${folder})
      endif()
    endforeach()
    if(NOT folders)
      continue()
    endif()
    if(NOT AE_CUDA_HEADERS_${origin})
      unset(AE_CUDA_HEADERS_${origin} CACHE)  # they may be installed by now
    endif()
    set(CMAKE_REQUIRED_INCLUDES ${AE_TORCH_ROOT}/include ${folders})
    # Kernel libraries need CUDA 12.8.
    check_cxx_source_compiles("#include <ATen/cuda/CUDAGraph.h>
      #include <c10/cuda/CUDAStream.h>
      #include <nvrtc.h>
      static_assert(CUDART_VERSION / 1000 == ${major} && CUDART_VERSION >= 12080);
      int main() { return 0; }" AE_CUDA_HEADERS_${origin})
    if(AE_CUDA_HEADERS_${origin})
      set(${out} ${folders} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

ae_locate_torch(${CMAKE_SOURCE_DIR})
if(AE_TORCH_ERROR)
  message(FATAL_ERROR "${AE_TORCH_ERROR}")
endif()
set(torch_lib ${AE_TORCH_ROOT}/lib)
get_filename_component(site ${AE_TORCH_ROOT} DIRECTORY)
set(torch_libraries ${torch_lib}/libtorch.so ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so)
set(AE_TORCH_CUDA OFF)
set(AE_WITH_CUDA OFF)
if(EXISTS ${torch_lib}/libtorch_cuda.so)
  set(AE_TORCH_CUDA ON)
  # Folders of the wheels, of LibTorch, or of a toolkit: the first with the library is used.
  set(cuda_folders ${site}/nvidia/cu*/lib ${site}/nvidia/cuda_*/lib ${torch_lib}
      $ENV{CUDA_HOME}/lib64 /usr/local/cuda/lib64)
  set(cudart "")
  set(nvrtc "")  # compiler of GPU kernels
  set(nvrtc_builtins "")  # must be loaded before NVRTC looks for it
  foreach(folder IN LISTS cuda_folders)
    file(GLOB found ${folder}/libcudart.so* ${folder}/libcudart-*.so*)
    list(APPEND cudart ${found})
    file(GLOB found ${folder}/libnvrtc.so* ${folder}/libnvrtc-*.so*)
    list(FILTER found EXCLUDE REGEX "builtins")
    list(APPEND nvrtc ${found})
    file(GLOB found ${folder}/libnvrtc-builtins*.so*)
    list(FILTER found EXCLUDE REGEX "\\.alt\\.")
    list(APPEND nvrtc_builtins ${found})
  endforeach()
  if(NOT cudart)
    message(FATAL_ERROR "${AE_TORCH_ROOT} is a CUDA build, but libcudart is not beside it: "
                        "install it again with its dependencies, or set CUDA_HOME")
  endif()
  list(GET cudart 0 cudart)
  list(APPEND torch_libraries ${torch_lib}/libtorch_cuda.so ${torch_lib}/libc10_cuda.so ${cudart})
  foreach(library nvrtc nvrtc_builtins)
    if(${library})
      list(GET ${library} 0 ${library})
      list(APPEND torch_libraries ${${library}})
    endif()
  endforeach()
endif()
list(JOIN torch_libraries , joined)

# LibTorch's include folder contains another version of {fmt} than the system's, which spdlog uses
# and which must be found first. As /usr/include cannot be put in front, a folder with a link to its
# fmt is.
set(fmt_first "")
if(TARGET fmt::fmt)
  # Ignores prefixes set by the user, which may be LibTorch and would find its version.
  get_target_property(fmt_folders fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  find_path(AE_FMT_INCLUDE fmt/core.h HINTS ${fmt_folders} NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH)
  if(AE_FMT_INCLUDE)
    set(fmt_first ${CMAKE_BINARY_DIR}/fmt_first)
    file(MAKE_DIRECTORY ${fmt_first})
    file(CREATE_LINK ${AE_FMT_INCLUDE}/fmt ${fmt_first}/fmt SYMBOLIC)
  endif()
endif()

add_library(ae_torch INTERFACE)
add_library(ae::torch ALIAS ae_torch)
target_include_directories(ae_torch SYSTEM INTERFACE ${fmt_first}
  ${AE_TORCH_ROOT}/include ${AE_TORCH_ROOT}/include/torch/csrc/api/include)
# The libraries register their kernels when loaded, even if no symbol of theirs is used, hence
# --no-as-needed. They find their dependencies (MKL, cuDNN, NCCL, ...) by their own run paths. Some
# export parts of a C++ library of their own, which the program must not use: the system's comes
# first.
target_link_libraries(ae_torch INTERFACE stdc++ -Wl,--no-as-needed,${joined},--as-needed
  Threads::Threads)
target_link_options(ae_torch INTERFACE -Wl,--allow-shlib-undefined)
# LibTorch was built with NDEBUG: assertions in its headers would use members that it lacks.
target_compile_definitions(ae_torch INTERFACE NDEBUG)
foreach(library IN LISTS torch_libraries)
  get_filename_component(folder ${library} DIRECTORY)
  target_link_options(ae_torch INTERFACE -Wl,-rpath,${folder})
endforeach()

# Checks whether LibTorch exports its BLAS, as builds with MKL do.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES -Wl,--no-as-needed,${torch_lib}/libtorch_cpu.so,--as-needed
    -Wl,--allow-shlib-undefined)
check_cxx_source_compiles([[
extern "C" void sgemm_(); extern "C" void dgemm_();
int main() { sgemm_(); dgemm_(); }]] AE_TORCH_EXPORTS_BLAS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(AE_TORCH_EXPORTS_BLAS)
  target_compile_definitions(ae_torch INTERFACE AE_WITH_BLAS)
endif()

set(kind CPU)
if(AE_TORCH_CUDA)
  string(REGEX REPLACE ".*libcudart[^/]*\\.so\\.?([0-9]*).*" "\\1" cuda_major ${cudart})
  if(cuda_major STREQUAL "")
    set(cuda_major 13)
  endif()
  ae_find_cuda_headers(${site} ${cuda_major} cuda_headers)
  set(kind "CUDA, but without CUDA's headers or libnvrtc, and so without graphs; scripts/setup.sh installs them")
  if(cuda_headers AND nvrtc)
    set(kind CUDA)
    set(AE_WITH_CUDA ON)
    target_include_directories(ae_torch SYSTEM INTERFACE ${cuda_headers})
    target_compile_definitions(ae_torch INTERFACE AE_WITH_CUDA)
  endif()
endif()
message(STATUS "LibTorch ${AE_TORCH_VERSION} (${kind}): ${AE_TORCH_ROOT}")
