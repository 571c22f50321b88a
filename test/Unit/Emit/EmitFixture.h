// Makes libraries from the hand-written modules beside it.
#ifndef TEST_UNIT_EMIT_EMITFIXTURE_H
#define TEST_UNIT_EMIT_EMITFIXTURE_H
#include "compiler/Emit/Emit.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <gtest/gtest.h>
#include <string>

/// A folder of its own for each test, and a context; removed afterwards.
class EmitTest : public testing::Test {
protected:
  EmitTest();
  ~EmitTest() override;
  /// The module modules/NAME.mlir.
  mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &name);
  /// Emits NAME.mlir to the file of that name in the test's folder and returns its path.
  std::string emitFile(const std::string &name, const std::string &file, motion::EmitOptions options = {}, llvm::ArrayRef<char> constants = {});
  std::string path(const std::string &file) const { return folder + "/" + file; }
  /// Runs a shell command and returns what it prints; fails the test if it fails.
  static std::string shell(const std::string &command);

  mlir::MLIRContext context;
  std::string folder, diagnostics;
};

std::string readText(const std::string &path);

#endif
