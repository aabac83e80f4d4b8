# Cross-builds for 64-bit ARM with Debian's g++-aarch64-linux-gnu; tests run under qemu-aarch64.
# tools/test.sh --aarch64 unpacks the arm64 libraries that Debian cannot install beside the
# machine's own into SOTTO_AARCH64_SYSROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(SOTTO_AARCH64_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-sysroot" CACHE PATH
    "arm64 libraries unpacked by tools/test.sh")
set(SOTTO_AARCH64_CPU cortex-a72 CACHE STRING "CPU that qemu-aarch64 emulates")
set(sotto_arm64_libs ${SOTTO_AARCH64_SYSROOT}/usr/lib/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${SOTTO_AARCH64_SYSROOT}/usr /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} ${sotto_arm64_libs}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${SOTTO_AARCH64_SYSROOT})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${sotto_arm64_libs}")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64-static;-cpu;${SOTTO_AARCH64_CPU};-L;/usr/aarch64-linux-gnu;-E;LD_LIBRARY_PATH=${sotto_arm64_libs}:/usr/lib/aarch64-linux-gnu"
    CACHE STRING "how ctest runs a test")
