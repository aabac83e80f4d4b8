# Run at installation: completion scripts and the manual page, as ${sotto_command} prints them.
cmake_path(ABSOLUTE_PATH sotto_datadir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")
cmake_path(ABSOLUTE_PATH sotto_mandir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}")

# sotto_install_printed(FILE ARGUMENTS...): what the command prints, as that file.
function(sotto_install_printed file)
  cmake_path(GET file FILENAME name)
  cmake_path(GET file PARENT_PATH folder)
  file(MAKE_DIRECTORY "${sotto_generated}")
  execute_process(COMMAND "${sotto_command}" ${ARGN} OUTPUT_FILE "${sotto_generated}/${name}"
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${sotto_command} ${ARGN}: ${status}")
  endif()
  file(INSTALL "${sotto_generated}/${name}" DESTINATION "${folder}")
endfunction()

sotto_install_printed(${sotto_datadir}/bash-completion/completions/sotto completion bash)
sotto_install_printed(${sotto_datadir}/zsh/site-functions/_sotto completion zsh)
sotto_install_printed(${sotto_datadir}/fish/vendor_completions.d/sotto.fish completion fish)
sotto_install_printed(${sotto_mandir}/man1/sotto.1 man)
