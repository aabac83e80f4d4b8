# Run by ctest: see CMakeLists.txt.
set(work ${BUILD}/tests/install-check)
file(REMOVE_RECURSE ${work})
set(prefix ${work}/prefix)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${out}\n${err}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

function(expect_text)
  if(NOT output STREQUAL "five five five zero one four two\n")
    message(FATAL_ERROR "the app printed: ${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
set(sound ${DEMO}/samples/phone_flite_slt.wav)

run(${CMAKE_COMMAND} -S ${SOURCE}/consumer -B ${work}/cmake -DCMAKE_PREFIX_PATH=${prefix}
    -DCMAKE_CXX_COMPILER=${COMPILER})
run(${CMAKE_COMMAND} --build ${work}/cmake)
run(${work}/cmake/consumer ${DEMO}/digits.gguf ${sound})
expect_text()

set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
run(pkg-config --cflags --libs sotto)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${COMPILER} -std=c++20 ${SOURCE}/consumer/consumer.cc -o ${work}/by-pkg-config ${flags})
run(${work}/by-pkg-config ${DEMO}/digits.gguf ${sound})
expect_text()

run(${prefix}/bin/sotto transcribe -q -m ${DEMO}/digits.gguf ${sound})
expect_text()

# What the command printed of itself is beside it.
foreach(file bash-completion/completions/sotto zsh/site-functions/_sotto
             fish/vendor_completions.d/sotto.fish man/man1/sotto.1)
  file(READ ${prefix}/share/${file} printed)
  if(NOT printed MATCHES "word.*timestamps")
    message(FATAL_ERROR "${file} names no options:\n${printed}")
  endif()
endforeach()
message(STATUS "installed, found by CMake and by pkg-config, ran")
