# Plotly.js for the report: COVEY_PLOTLY, a plotly.min.js, from the plotly wheel of COVEY_PYTHON
# unless set. It is taken into the command, so a report needs no network and no other file.
if(NOT COVEY_PLOTLY)
  execute_process(
    COMMAND ${COVEY_PYTHON} -c
      "import importlib.util as u; print(u.find_spec('plotly').submodule_search_locations[0])"
    OUTPUT_VARIABLE plotly_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  set(plotly_file ${plotly_dir}/package_data/plotly.min.js)
  if(failed OR NOT EXISTS ${plotly_file})
    message(FATAL_ERROR "plotly.min.js was not found: COVEY_PYTHON (${COVEY_PYTHON}) has no plotly "
      "wheel. Run tools/setup, or set COVEY_PLOTLY to a plotly.min.js.")
  endif()
  set(COVEY_PLOTLY ${plotly_file} CACHE FILEPATH "plotly.min.js that the report holds")
endif()
message(STATUS "Plotly.js: ${COVEY_PLOTLY}")

# What would end the element it stands in, or change under a browser's reading of it.
file(STRINGS ${COVEY_PLOTLY} unsafe REGEX "</script|<!--" LIMIT_COUNT 1)
if(unsafe)
  message(FATAL_ERROR "${COVEY_PLOTLY} cannot stand in a page: it holds '</script' or '<!--'")
endif()
file(READ ${COVEY_PLOTLY} head LIMIT 200)
string(REGEX MATCH "plotly.js v([0-9.]+)" found "${head}")
set(COVEY_PLOTLY_VERSION ${CMAKE_MATCH_1})
