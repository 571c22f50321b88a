# find_package(Motion CONFIG): the function add_motion_model, and the target Motion::Headers for motion_abi.h and
# motion_threads.h. Give Motion_DIR=<repository>/runtime/cmake; MOTIONC names the compiler where it is not found.
find_program(MOTIONC motionc HINTS "${CMAKE_CURRENT_LIST_DIR}/../../build/bin" DOC "The compiler motionc")
include("${CMAKE_CURRENT_LIST_DIR}/AddMotionModel.cmake")
if(NOT TARGET Motion::Headers)
  find_package(Threads REQUIRED)
  add_library(Motion::Headers INTERFACE IMPORTED)
  get_filename_component(_motion_headers "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
  target_include_directories(Motion::Headers INTERFACE "${_motion_headers}")
  target_link_libraries(Motion::Headers INTERFACE Threads::Threads)
  unset(_motion_headers)
endif()
