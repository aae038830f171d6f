# Apache Arrow's C++ libraries as Arrow::arrow_shared and Parquet::parquet_shared: from an Arrow
# package where one is found, else from the pyarrow wheel of COVEY_PYTHON, which holds the headers
# and the libraries but no CMake package.

find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
  message(STATUS "Arrow: package ${Arrow_VERSION} in ${Arrow_DIR}")
  return()
endif()

execute_process(
  COMMAND ${COVEY_PYTHON} -c
    "import importlib.util as u; print(u.find_spec('pyarrow').submodule_search_locations[0])"
  OUTPUT_VARIABLE pyarrow_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
file(GLOB arrow_library ${pyarrow_dir}/libarrow.so.*)
file(GLOB parquet_library ${pyarrow_dir}/libparquet.so.*)
if(failed OR NOT arrow_library OR NOT parquet_library)
  message(FATAL_ERROR "Apache Arrow was not found: neither as a CMake package nor as the pyarrow "
    "wheel of COVEY_PYTHON (${COVEY_PYTHON}). Run tools/setup, or set COVEY_PYTHON to a Python "
    "that has pyarrow.")
endif()
list(GET arrow_library 0 arrow_library)
list(GET parquet_library 0 parquet_library)
message(STATUS "Arrow: pyarrow wheel in ${pyarrow_dir}")

add_library(Arrow::arrow_shared SHARED IMPORTED)
set_target_properties(Arrow::arrow_shared PROPERTIES
  IMPORTED_LOCATION ${arrow_library}
  INTERFACE_INCLUDE_DIRECTORIES ${pyarrow_dir}/include)
add_library(Parquet::parquet_shared SHARED IMPORTED)
set_target_properties(Parquet::parquet_shared PROPERTIES
  IMPORTED_LOCATION ${parquet_library}
  INTERFACE_INCLUDE_DIRECTORIES ${pyarrow_dir}/include
  INTERFACE_LINK_LIBRARIES Arrow::arrow_shared)
