# A prefix that works on its own and may be moved:
#   bin/covey  lib/libcovey.so, libcovey_cuda.so  lib/covey/ (Arrow, oneTBB, Highway ...)
#   include/covey/  lib/cmake/covey/
# What comes with every Linux system (glibc, libstdc++) is not copied.
include(CMakePackageConfigHelpers)

function(covey_install_package)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/covey)
  set(third_party ${CMAKE_INSTALL_LIBDIR}/covey)

  set_target_properties(covey PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/covey")
  install(TARGETS covey EXPORT covey RUNTIME_DEPENDENCY_SET dependencies FILE_SET HEADERS)
  if(TARGET covey_cli)
    cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
      BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR} OUTPUT_VARIABLE lib_from_bin)
    set_target_properties(covey_cli PROPERTIES
      INSTALL_RPATH "$ORIGIN/${lib_from_bin};$ORIGIN/${lib_from_bin}/covey")
    # The older kind of run path holds for what a library needs in its turn too: libpng's zlib.
    target_link_options(covey_cli PRIVATE -Wl,--disable-new-dtags)
    install(TARGETS covey_cli RUNTIME_DEPENDENCY_SET dependencies)
  endif()
  if(TARGET covey_cuda)
    set_target_properties(covey_cuda PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/covey")
    install(TARGETS covey_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
  install(RUNTIME_DEPENDENCY_SET dependencies
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|gcc_s|stdc\\+\\+)\\.so" "^libcovey\\.so"
    LIBRARY DESTINATION ${third_party})

  install(EXPORT covey NAMESPACE covey:: FILE covey-targets.cmake DESTINATION ${package})
  configure_package_config_file(${CMAKE_SOURCE_DIR}/tools/cmake/covey-config.cmake.in
    ${CMAKE_BINARY_DIR}/covey-config.cmake INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/covey-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/covey-config.cmake
    ${CMAKE_BINARY_DIR}/covey-config-version.cmake DESTINATION ${package})
  install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
