# ae_torch for a CUDA build of LibTorch. Its own CMake configuration insists on a complete CUDA
# toolkit, which neither compiling nor linking needs, so the libraries are named here one by one.
set(torch_lib ${AE_TORCH_ROOT}/lib)
get_filename_component(site ${AE_TORCH_ROOT} DIRECTORY)
file(GLOB cudart ${site}/nvidia/cu*/lib/libcudart.so.* ${site}/nvidia/cuda_runtime/lib/libcudart.so.*
     ${torch_lib}/libcudart*.so*)
if(NOT cudart)
  file(GLOB cudart ${CUDA_HOME}/lib64/libcudart.so $ENV{CUDA_HOME}/lib64/libcudart.so
       /usr/local/cuda/lib64/libcudart.so)
endif()
if(NOT cudart)
  message(FATAL_ERROR "${AE_TORCH_ROOT} is a CUDA build, but libcudart is not beside it: "
                      "install it again with its dependencies, or set CUDA_HOME")
endif()
list(GET cudart 0 cudart)
get_filename_component(cudart_folder ${cudart} DIRECTORY)

target_include_directories(ae_torch SYSTEM INTERFACE
  ${AE_TORCH_ROOT}/include ${AE_TORCH_ROOT}/include/torch/csrc/api/include)
# libtorch_cuda registers its kernels when it is loaded; nothing refers to it by name, hence
# --no-as-needed. What it needs in turn (cuDNN, NCCL, ...) it finds by its own run path.
target_link_libraries(ae_torch INTERFACE
  -Wl,--no-as-needed
  ${torch_lib}/libtorch.so ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so
  ${torch_lib}/libtorch_cuda.so ${torch_lib}/libc10_cuda.so
  -Wl,--as-needed
  ${cudart} Threads::Threads)
target_link_options(ae_torch INTERFACE
  -Wl,--allow-shlib-undefined -Wl,-rpath,${torch_lib} -Wl,-rpath,${cudart_folder})

# Headers for sources that speak to CUDA directly (streams, graphs): the wheel's own folders, else a
# toolkit's; whichever set compiles.
include(CheckCXXSourceCompiles)
set(wheel_headers ${site}/nvidia/cu13/include ${site}/nvidia/cu13/include/cccl ${site}/nvidia/nccl/include)
set(toolkit_headers $ENV{CUDA_HOME}/include /usr/local/cuda/include /usr/local/cuda/include/cccl)
foreach(headers wheel_headers toolkit_headers)
  set(existing "")
  foreach(folder IN LISTS ${headers})
    if(IS_DIRECTORY ${folder})
      list(APPEND existing ${folder})
    endif()
  endforeach()
  if(NOT existing)
    continue()
  endif()
  set(CMAKE_REQUIRED_INCLUDES ${existing})
  set(CMAKE_REQUIRED_LIBRARIES ae_torch)
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles("#include <ATen/cuda/CUDAGraph.h>
    #include <c10/cuda/CUDAStream.h>
    int main() { return 0; }" AE_CUDA_${headers})
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_QUIET)
  if(AE_CUDA_${headers})
    target_include_directories(ae_torch SYSTEM INTERFACE ${existing})
    break()
  endif()
endforeach()

if(AE_CUDA_wheel_headers OR AE_CUDA_toolkit_headers)
  set(AE_WITH_CUDA ON)
  set(AE_TORCH_KIND "CUDA")
  target_compile_definitions(ae_torch INTERFACE AE_WITH_CUDA)
else()
  set(AE_WITH_CUDA OFF)
  set(AE_TORCH_KIND "CUDA, without CUDA graphs: headers missing; scripts/setup.sh installs them")
endif()
