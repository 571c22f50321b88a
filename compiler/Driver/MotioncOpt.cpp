// motionc-opt: runs single passes on textual IR, for tests and for looking at a stage.
#include "compiler/Pipelines/Registration.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  motion::registerDialects(registry);
  motion::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "motionc pass driver\n", registry));
}
