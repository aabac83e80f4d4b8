# The instruction sets: compiler flags, and the architecture that has them.
set(sotto_isa_flags_avx2 -mavx2 -mfma -mf16c)
set(sotto_isa_flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c
    -mprefer-vector-width=512)
set(sotto_isa_flags_avxvnni ${sotto_isa_flags_avx2} -mavxvnni)
set(sotto_isa_flags_avx512vnni ${sotto_isa_flags_avx512} -mavx512vnni)
set(sotto_isa_flags_avx512bf16 ${sotto_isa_flags_avx512vnni} -mavx512bf16)
set(sotto_isa_flags_amx ${sotto_isa_flags_avx512bf16} -mamx-tile -mamx-int8 -mamx-bf16)
set(sotto_isa_flags_neon "")
set(sotto_isa_flags_neondot -march=armv8.2-a+fp16+dotprod)
set(sotto_isa_flags_neoni8mm -march=armv8.2-a+fp16+dotprod+i8mm)
foreach(isa avx2 avxvnni avx512 avx512vnni avx512bf16 amx)
  set(sotto_isa_arch_${isa} "x86_64|AMD64")
endforeach()
foreach(isa neon neondot neoni8mm)
  set(sotto_isa_arch_${isa} "aarch64|arm64")
endforeach()

# sotto_isa_source(TARGET FILE ISA): compiles FILE for ISA into TARGET, on an architecture that has
# it.
function(sotto_isa_source target file isa)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(${sotto_isa_arch_${isa}})$")
    target_sources(${target} PRIVATE ${file})
    # -O2 also in Debug: unoptimised SIMD headers emit shared symbols (ODR), and no one steps
    # through intrinsics. No contraction: GCC's intrinsics are plain operators, which it would fuse
    # in one form of a kernel and not in another; what is to be fused says so.
    set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS
      "${sotto_isa_flags_${isa}};-fno-exceptions;-ffp-contract=off;$<$<CONFIG:Debug>:-O2>")
  endif()
endfunction()
