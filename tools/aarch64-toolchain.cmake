# Cross-builds for 64-bit ARM with Debian's g++-aarch64-linux-gnu; ctest runs under qemu-aarch64.
# tools/test.sh --aarch64 makes the folder with the arm64 libraries.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

cmake_path(SET sotto_root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root")
set(sotto_libs ${sotto_root}/usr/lib/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${sotto_root}/usr)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${sotto_libs}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${sotto_root})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${sotto_libs}")

set(SOTTO_AARCH64_CPU cortex-a72 CACHE STRING "The CPU that qemu-aarch64 emulates")
set(sotto_library_path ${sotto_libs}:${sotto_root}/lib/aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64-static -cpu ${SOTTO_AARCH64_CPU} -L ${sotto_root}
    -E LD_LIBRARY_PATH=${sotto_library_path}
    CACHE STRING "How ctest runs a test")
