# The official ONNX C++ library (checker, version converter, inliner, shape inference, schemas) as the static target motion_onnx:
# an installed ONNX CMake package from 1.23 on, else the C++ sources that the onnx Python package carries.
set(Protobuf_USE_STATIC_LIBS ON)
find_package(Protobuf REQUIRED)
find_package(ONNX 1.23 QUIET CONFIG)
add_library(motion_onnx_interface INTERFACE)
if(ONNX_FOUND)
  target_link_libraries(motion_onnx_interface INTERFACE ONNX::onnx)
else()
  file(GLOB site ${MOTION_VENV}/lib/python3*/site-packages)
  if(NOT EXISTS ${site}/onnx/onnx-ml.proto)
    message(FATAL_ERROR "The onnx package is not in ${MOTION_VENV}: run ./bootstrap")
  endif()
  set(generated ${PROJECT_BINARY_DIR}/onnx-proto)
  set(proto_sources)
  foreach(proto onnx-ml onnx-operators-ml onnx-data)
    add_custom_command(OUTPUT ${generated}/onnx/${proto}.pb.cc ${generated}/onnx/${proto}.pb.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
      COMMAND protobuf::protoc --proto_path=${site} --cpp_out=${generated} ${site}/onnx/${proto}.proto
      DEPENDS ${site}/onnx/${proto}.proto)
    list(APPEND proto_sources ${generated}/onnx/${proto}.pb.cc)
  endforeach()
  file(GLOB_RECURSE onnx_sources ${site}/onnx/*.cc)
  list(FILTER onnx_sources EXCLUDE REGEX "cpp2py_export\\.cc$")
  add_library(motion_onnx STATIC ${onnx_sources} ${proto_sources})
  target_include_directories(motion_onnx SYSTEM PUBLIC ${generated} ${site})
  target_compile_definitions(motion_onnx PUBLIC ONNX_ML=1 ONNX_NAMESPACE=onnx)
  target_compile_options(motion_onnx PRIVATE -w -O1)
  target_precompile_headers(motion_onnx PRIVATE <onnx/onnx_pb.h> <onnx/defs/schema.h> <onnx/defs/tensor_proto_util.h>)
  target_link_libraries(motion_onnx PUBLIC protobuf::libprotobuf)
  target_link_libraries(motion_onnx_interface INTERFACE motion_onnx)
endif()

# CompatibleVersions.inc: {"Gemm", 12, 13}, for each two versions of an operator between which the library's converter leaves nodes alone.
find_file(ONNX_CONVERTER onnx/version_converter/convert.h HINTS ${site} ${ONNX_DIR}/../../../include REQUIRED)
file(STRINGS ${ONNX_CONVERTER} steps REGEX "CompatibleAdapter>\\(\"[A-Za-z]+\", OpSetID\\([0-9]+\\), OpSetID\\([0-9]+\\)")
list(TRANSFORM steps REPLACE ".*CompatibleAdapter>\\((\"[A-Za-z]+\"), OpSetID\\(([0-9]+)\\), OpSetID\\(([0-9]+)\\).*" "{\\1, \\2, \\3},\n")
string(CONCAT steps ${steps})
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/onnx-proto/CompatibleVersions.inc CONTENT "${steps}")
