# add_motion_model(TARGET MODEL model.onnx ...): compiles an ONNX model with motionc and makes a target to link with.
#
#   add_motion_model(<target> MODEL <onnx>
#     [NAME <prefix>]                    prefix of the symbols and name of the header; the model's file name if not given
#     [TYPE SHARED|STATIC|OBJECT]        SHARED
#     [DIMS batch=1..64 ...]             bind or bound symbolic dimensions
#     [OUTPUTS <name> ...]               keep these outputs only
#     [CPU <cpu>]                        native, x86-64-v3, x86-64-v4, or a name that LLVM knows
#     [THREADS <n>] [NO_CHECKS]
#     [OPTIONS ...])                     more flags of motionc
#   target_link_libraries(app PRIVATE <target>)     and  #include "<prefix>.h"
#
# The compiler is the target motionc of the same build, or the program in MOTIONC.

# Sets `variable` to the prefix that motionc makes of a file's stem.
function(_motion_prefix variable stem)
  string(REGEX REPLACE "[^A-Za-z0-9]+" "_" prefix "${stem}")
  string(REGEX REPLACE "^_|_$" "" prefix "${prefix}")
  set(${variable} "${prefix}" PARENT_SCOPE)
endfunction()

# Sets `variable` to the flags for motionc of the arguments parsed into ARG_*.
function(_motion_flags variable)
  set(flags "--name=${ARG_NAME}")
  foreach(pair "DIMS;--dim" "OUTPUTS;--output")
    list(GET pair 0 keyword)
    list(GET pair 1 flag)
    foreach(value IN LISTS ARG_${keyword})
      list(APPEND flags "${flag}=${value}")
    endforeach()
  endforeach()
  foreach(pair "CPU;--cpu" "THREADS;--threads")
    list(GET pair 0 keyword)
    list(GET pair 1 flag)
    if(DEFINED ARG_${keyword})
      list(APPEND flags "${flag}=${ARG_${keyword}}")
    endif()
  endforeach()
  if(ARG_NO_CHECKS)
    list(APPEND flags --no-checks)
  endif()
  set(${variable} ${flags} ${ARG_OPTIONS} PARENT_SCOPE)
endfunction()

function(add_motion_model target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_CHECKS" "MODEL;NAME;TYPE;CPU;THREADS" "DIMS;OUTPUTS;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "add_motion_model(${target}): not understood: ${ARG_UNPARSED_ARGUMENTS} ${ARG_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT ARG_MODEL)
    message(FATAL_ERROR "add_motion_model(${target}): expected MODEL <file>.onnx")
  endif()
  get_filename_component(model "${ARG_MODEL}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT ARG_NAME)
    get_filename_component(stem "${model}" NAME_WLE)
    _motion_prefix(ARG_NAME "${stem}")
  endif()
  if(NOT ARG_TYPE)
    set(ARG_TYPE SHARED)
  endif()
  if(NOT ARG_TYPE MATCHES "^(SHARED|STATIC|OBJECT)$")
    message(FATAL_ERROR "add_motion_model(${target}): expected TYPE SHARED, STATIC or OBJECT, found ${ARG_TYPE}")
  endif()
  if(TARGET motionc)
    set(compiler $<TARGET_FILE:motionc>)
    set(depends motionc)
  elseif(MOTIONC)
    set(compiler "${MOTIONC}")
    set(depends "${MOTIONC}")
  else()
    message(FATAL_ERROR "add_motion_model(${target}): motionc is not there: set MOTIONC to its path")
  endif()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.motion")
  set(file_SHARED "lib${ARG_NAME}.so")
  set(file_STATIC "lib${ARG_NAME}.a")
  set(file_OBJECT "${ARG_NAME}.o")
  set(library "${folder}/${file_${ARG_TYPE}}")
  set(header "${folder}/${ARG_NAME}.h")
  _motion_flags(flags)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${library}" "${header}"
    COMMAND ${compiler} "${model}" -o "${library}" ${flags}
    DEPENDS "${model}" ${depends}
    COMMENT "Compiling ${ARG_MODEL} to ${file_${ARG_TYPE}}"
    VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(${target}_compile DEPENDS "${library}" "${header}")

  add_library(${target} ${ARG_TYPE} IMPORTED GLOBAL)
  add_dependencies(${target} ${target}_compile)
  target_include_directories(${target} INTERFACE "${folder}")
  if(ARG_TYPE STREQUAL "OBJECT")
    set_target_properties(${target} PROPERTIES IMPORTED_OBJECTS "${library}")
  else()
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${library}")
  endif()
  if(ARG_TYPE STREQUAL "SHARED")
    set_target_properties(${target} PROPERTIES IMPORTED_SONAME "${file_SHARED}")
  endif()
endfunction()
