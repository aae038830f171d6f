# Options of the build, and the flags that every target shares.

option(COVEY_TOOLS "Build the driver and the covey command (needs Apache Arrow)" ON)
option(COVEY_TESTS "Build the tests" ON)
option(COVEY_BENCH "Build the benchmarks when Google Benchmark is found" ON)
option(COVEY_WERROR "Treat warnings as errors" OFF)
set(COVEY_CUDA AUTO CACHE STRING "Build the CUDA module: AUTO (when nvcc is found), ON or OFF")
set(COVEY_CUDA_ARCHITECTURES 90a CACHE STRING "GPU architectures of the CUDA module")
set(COVEY_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize=")
set(COVEY_PYTHON ${CMAKE_SOURCE_DIR}/.venv/bin/python CACHE FILEPATH
  "Python that has pyarrow (its C++ libraries are used where no Arrow package is found) and pytest")
set_property(CACHE COVEY_CUDA PROPERTY STRINGS AUTO ON OFF)

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
  set_property(CACHE CMAKE_BUILD_TYPE PROPERTY VALUE Release)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# ccache and a fast linker only shorten the build; either may be missing.
find_program(COVEY_CCACHE ccache)
if(COVEY_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the source folder count as relative, so that another clone finds the same objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 ${COVEY_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
include(CheckLinkerFlag)
foreach(linker mold lld)
  check_linker_flag(CXX -fuse-ld=${linker} COVEY_HAS_${linker})
  if(COVEY_HAS_${linker})
    add_link_options(-fuse-ld=${linker})
    break()
  endif()
endforeach()

if(COVEY_SANITIZE)
  add_compile_options(-fsanitize=${COVEY_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COVEY_SANITIZE})
endif()

set(COVEY_BUILD_CUDA OFF)
if(NOT COVEY_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  find_program(COVEY_NVCC nvcc PATHS /usr/local/cuda/bin)
  if(COVEY_NVCC AND NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    set(CMAKE_CUDA_COMPILER ${COVEY_NVCC})
  endif()
  set(CMAKE_CUDA_ARCHITECTURES ${COVEY_CUDA_ARCHITECTURES})
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(COVEY_BUILD_CUDA ON)
  elseif(COVEY_CUDA STREQUAL "ON")
    message(FATAL_ERROR "COVEY_CUDA is ON but nvcc was not found: install the CUDA toolkit, or "
      "set CUDACXX to its nvcc, or configure with -DCOVEY_CUDA=OFF")
  endif()
endif()

# Warnings, for our own targets only. Option structs are meant to be initialised in part, and GCC 12 takes operator+ of
# std::string for overlapping copies (its bug 105651).
function(covey_warnings target)
  set(warnings -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers -Wno-restrict
    $<$<BOOL:${COVEY_WERROR}>:-Werror>)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>")
endfunction()

# For targets whose own speed does not matter: CLI11 and GoogleTest take half the time to compile.
function(covey_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()
