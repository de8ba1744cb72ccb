# Toolchain of the preset `dev`: clang if installed, as it compiles LibTorch's headers fastest.
if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(AE_CLANG NAMES clang++-19 clang++-20 clang++-18 clang++)
  if(AE_CLANG)
    set(CMAKE_CXX_COMPILER ${AE_CLANG})
  endif()
endif()
