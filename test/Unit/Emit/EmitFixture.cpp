// Modules from text, files in a folder that is removed.
#include "test/Unit/Emit/EmitFixture.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

EmitTest::EmitTest() : context(mlir::MLIRContext::Threading::DISABLED) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::LLVM::LLVMDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  context.allowUnregisteredDialects();
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) { diagnostics += diagnostic.str() + "\n"; });
  std::string pattern = testing::TempDir() + "motion-emit-XXXXXX";
  folder = ::mkdtemp(pattern.data());
}

EmitTest::~EmitTest() { std::filesystem::remove_all(folder); }

mlir::OwningOpRef<mlir::ModuleOp> EmitTest::parse(const std::string &name) {
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(MODULES_DIR "/" + name + ".mlir", &context);
  EXPECT_TRUE(module) << diagnostics;
  return module;
}

std::string EmitTest::emitFile(const std::string &name, const std::string &file, motion::EmitOptions options, llvm::ArrayRef<char> constants) {
  options.output = path(file);
  auto module = parse(name);
  EXPECT_TRUE(mlir::succeeded(motion::emit(*module, options, constants))) << diagnostics;
  EXPECT_EQ(diagnostics, "");
  return options.output;
}

std::string EmitTest::shell(const std::string &command) {
  std::string output;
  FILE *pipe = ::popen((command + " 2>&1").c_str(), "r");
  EXPECT_TRUE(pipe);
  char buffer[4096];
  while (size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
    output.append(buffer, count);
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << output;
  return output;
}

std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}
