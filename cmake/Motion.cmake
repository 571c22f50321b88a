# Helpers of this project's own CMake files.
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})

# One precompiled header for everything that includes MLIR.
file(WRITE ${PROJECT_BINARY_DIR}/pch.cpp "")
add_library(motion_pch OBJECT ${PROJECT_BINARY_DIR}/pch.cpp)
target_precompile_headers(motion_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Pch.h)
target_compile_options(motion_pch PRIVATE -fno-rtti -Xclang -fno-pch-timestamp -Wall -Wextra -Wno-unused-parameter)

# MLIR and LLVM: the shared libraries, or for the programs of motion_static_program every archive, of which the linker takes what is referenced.
file(GLOB llvm_archives ${LLVM_LIBRARY_DIRS}/libMLIR*.a ${LLVM_LIBRARY_DIRS}/libLLVM*.a)
add_library(motion_llvm INTERFACE)
target_link_libraries(motion_llvm INTERFACE "$<IF:$<BOOL:$<TARGET_PROPERTY:STATIC_LLVM>>,${llvm_archives},MLIR;LLVM>")
set(others ${LLVM_TARGETS_TO_BUILD})
list(REMOVE_ITEM others ${LLVM_NATIVE_ARCH})
list(TRANSFORM others REPLACE "(.+)" "OTHER_TARGET(\\1)\n")
string(CONCAT others ${others})
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/OtherTargets.def CONTENT "${others}")

# motion_static_program(NAME): takes 4 ms until main() instead of 28, most of which the dynamic linker spends on the 350000 relocations of MLIR and LLVM.
# mimalloc stands in for malloc and operator new: IR is many small objects, and a compilation of many nodes takes a tenth less of time.
function(motion_static_program name)
  set_target_properties(${name} PROPERTIES STATIC_LLVM ON)
  target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/compiler/Driver/StaticLlvm.cpp)
  target_link_options(${name} PRIVATE -no-pie -static-libstdc++ -static-libgcc -Wl,--gc-sections)
  target_link_libraries(${name} PRIVATE mimalloc)
endfunction()

# motion_library(NAME SOURCES... [DEPENDS targets generated first] [LINK libraries] [PCH target whose precompiled header is used])
function(motion_library name)
  cmake_parse_arguments(ARG "" "PCH" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH motion_pch)
  endif()
  add_library(${name} STATIC ${ARG_SOURCES} ${ARG_UNPARSED_ARGUMENTS})
  target_precompile_headers(${name} REUSE_FROM ${ARG_PCH})
  target_compile_options(${name} PRIVATE -fno-rtti -Xclang -fno-pch-timestamp -Wall -Wextra -Wno-unused-parameter)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# motion_passes(STAGE): Passes.td of the current folder -> Passes.h.inc, target Motion<STAGE>PassesIncGen
function(motion_passes stage)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name=${stage})
  add_public_tablegen_target(Motion${stage}PassesIncGen)
endfunction()
