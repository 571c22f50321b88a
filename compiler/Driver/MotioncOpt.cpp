// motionc-opt: runs single passes on textual IR, for tests and for looking at a stage.
#include "compiler/Driver/LlvmOptions.h"
#include "compiler/Pipelines/Registration.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  motion::dropLlvmOptions();
  mlir::DialectRegistry registry;
  motion::registerDialects(registry);
  motion::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "motionc pass driver\n", registry));
}
