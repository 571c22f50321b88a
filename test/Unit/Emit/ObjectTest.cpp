// What the files hold: symbols, relocations, alignment, the same bytes everywhere; errors.
#include "llvm/BinaryFormat/ELF.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Object/ELFObjectFile.h"
#include "mlir/Parser/Parser.h"
#include "test/Unit/Emit/EmitFixture.h"
#include <filesystem>
#include <fstream>
#include <set>

using namespace llvm;
using object::ELF64LEObjectFile;

namespace {

class Files : public EmitTest {
protected:
  /// Names of the symbols for which `select` holds.
  template <typename Range> static std::set<std::string> names(const Range &symbols, function_ref<bool(const object::ELFSymbolRef &)> select) {
    std::set<std::string> result;
    for (const object::ELFSymbolRef symbol : symbols)
      if (StringRef name = cantFail(symbol.getName()); !name.empty() && select(symbol))
        result.insert(name.str());
    return result;
  }
  static object::OwningBinary<object::ObjectFile> open(const std::string &file) { return cantFail(object::ObjectFile::createObjectFile(file)); }
};

const std::set<std::string> three = {"affine_model", "affine_run", "affine_workspace"};
const std::vector<char> constants(5000, 1);

TEST_F(Files, SharedLibraryExportsThreeSymbolsAndNeedsNothing) {
  auto binary = open(emitFile("affine", "libaffine.so", {}, constants));
  auto *library = cast<ELF64LEObjectFile>(binary.getBinary());
  EXPECT_EQ(names(library->getDynamicSymbolIterators(), [](const auto &) { return true; }), three);
  const auto local = names(library->symbols(), [](const auto &symbol) { return symbol.getBinding() == ELF::STB_LOCAL; });
  EXPECT_TRUE(local.count("affine.Gemm_0")) << "profilers show kernels by their nodes' names";
  unsigned needed = 0, sonames = 0, relocations = 0;
  for (const auto &entry : cantFail(library->getELFFile().dynamicEntries())) {
    needed += entry.d_tag == ELF::DT_NEEDED || entry.d_tag == ELF::DT_TEXTREL || entry.d_tag == ELF::DT_INIT_ARRAY;
    sonames += entry.d_tag == ELF::DT_SONAME;
    relocations += entry.d_tag == ELF::DT_RELASZ || entry.d_tag == ELF::DT_JMPREL;
  }
  EXPECT_EQ(needed, 0u);
  EXPECT_EQ(sonames, 1u);
  EXPECT_EQ(relocations, 0u);
  for (const object::ELFSymbolRef symbol : library->symbols())
    if (cantFail(symbol.getName()) == "affine.data.weights") {
      EXPECT_EQ(cantFail(symbol.getAddress()) % 4096, 0u);
      EXPECT_EQ(symbol.getSize(), 5000u);
    }
}

TEST_F(Files, ObjectHasThreeHiddenSymbolsAndLocalOnes) {
  auto binary = open(emitFile("affine", "affine.o", {}, constants));
  const auto symbols = cast<ELF64LEObjectFile>(binary.getBinary())->symbols();
  EXPECT_EQ(names(symbols, [](const auto &symbol) { return symbol.getBinding() != ELF::STB_LOCAL; }), three);
  EXPECT_EQ(names(symbols, [](const auto &symbol) { return symbol.getOther() == ELF::STV_HIDDEN && symbol.getBinding() == ELF::STB_GLOBAL; }), three);
  EXPECT_FALSE(std::filesystem::exists(path("affine.o.tmp")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2) << "object and header, no scratch files";
}

TEST_F(Files, ArchivesLinkIntoOneProgram) {
  const std::string affine = emitFile("affine", "affine.a", {}, constants), fixed = emitFile("fixed", "fixed.a");
  const std::string program = path("main.c");
  std::ofstream(program) << "#include \"affine.h\"\n#include \"fixed.h\"\n#include <stdalign.h>\n"
             "int main(void) {\n"
             "  static alignas(64) float workspace[4]; float x[AFFINE_X_0_COUNT(1)] = {1, 2, 3, 4}, y[AFFINE_Y_OUT_COUNT(1)];\n"
             "  return affine_run(x, 1, y, workspace) != 0 || affine_workspace(1) != 16 || fixed_workspace() != FIXED_WORKSPACE;\n}\n";
  shell(C_COMPILER " -std=c11 -Wall -Wextra -Wpedantic -Werror -I" + folder + " " + program + " " + affine + " " + fixed + " -o " + path("main"));
  shell(path("main"));
}

TEST_F(Files, FiftyModelsInOneProgram) {
  std::string declarations, calls, objects;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "model" + std::to_string(i), file = name + (i % 2 ? ".o" : ".a");
    std::string text = readText(MODULES_DIR "/affine.mlir");
    for (size_t at = 0; (at = text.find("@affine", at)) != text.npos;)
      text.replace(at + 1, 6, name);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    const float addend[4] = {float(i), 0, 0, 0};
    motion::EmitOptions options;
    options.output = path(file);
    ASSERT_TRUE(mlir::succeeded(motion::emit(*module, options, {reinterpret_cast<const char *>(addend), sizeof addend}))) << diagnostics;
    declarations += "#include \"" + name + ".h\"\n";
    calls += "  if (" + name + "_run(x, 1, y, workspace) != 0 || y[0] != 2 + " + std::to_string(i) + ") return 1;\n";
    objects += " " + path(file);
  }
  std::ofstream(path("main.c")) << declarations << "int main(void) {\n  static _Alignas(64) float workspace[4]; float x[4] = {1, 2, 3, 4}, y[4];\n"
                                << calls << "  return 0;\n}\n";
  shell(C_COMPILER " -std=c11 -I" + folder + " " + path("main.c") + objects + " -o " + path("main"));
  shell(path("main"));
}

TEST_F(Files, ModelsMayBeCalledLikeLibraryFunctionsAndKernelsLikeAnything) {
  std::string text = readText(MODULES_DIR "/affine.mlir");
  for (auto [from, to] : {std::pair("affine.Gemm_0", "affine.weights"), std::pair("@affine", "@memcpy")})
    for (size_t at = 0; (at = text.find(from, at)) != text.npos;)
      text.replace(at, std::string(from).size(), to);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  motion::EmitOptions options;
  options.output = path("libmemcpy.so");
  ASSERT_TRUE(mlir::succeeded(motion::emit(*module, options, constants))) << diagnostics;
  shell(MOTION_RUN " " + options.output + " --dim batch=3");
}

TEST_F(Files, SameBytesInAnotherFolder) {
  std::filesystem::create_directory(path("other"));
  for (const std::string file : {"libaffine.so", "affine.a", "affine.o"}) {
    const std::string first = readText(emitFile("affine", file, {}, constants));
    EXPECT_FALSE(first.empty());
    EXPECT_TRUE(first == readText(emitFile("affine", "other/" + file, {}, constants))) << file;
    EXPECT_EQ(first.find(folder), std::string::npos);
  }
}

TEST_F(Files, TextForReading) {
  EXPECT_NE(readText(emitFile("affine", "affine.s", {}, constants)).find("affine_run:"), std::string::npos);
  EXPECT_NE(readText(emitFile("affine", "affine.ll", {}, constants)).find("i32 @affine_run("), std::string::npos);
  EXPECT_NE(readText(emitFile("affine", "affine.mlir")).find("llvm.func @affine("), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path("affine.h")));
}

TEST_F(Files, ChosenCpuDecidesTheRegisters) {
  motion::EmitOptions options;
  options.cpu = "x86-64-v4";
  EXPECT_NE(readText(emitFile("affine", "a.ll", options)).find("\"target-cpu\"=\"x86-64-v4\""), std::string::npos);
  options.cpu = "x86-64-v3";
  const std::string text = readText(emitFile("affine", "b.ll", options));
  EXPECT_NE(text.find("\"target-cpu\"=\"x86-64-v3\""), std::string::npos);
  EXPECT_NE(text.find("\"target-cpu\"=\"x86-64\""), std::string::npos) << "what asks the CPU runs on any";
}

TEST_F(Files, NothingIsLeftAfterAnError) {
  motion::EmitOptions options;
  options.output = path("libaffine.so");
  options.cpu = "pentium";
  auto module = parse("affine");
  EXPECT_TRUE(mlir::failed(motion::emit(*module, options, constants)));
  EXPECT_NE(diagnostics.find("--cpu=pentium"), std::string::npos) << diagnostics;
  diagnostics.clear();
  options.cpu = "native";
  options.header = path("no/such/folder/affine.h");
  EXPECT_TRUE(mlir::failed(motion::emit(*module, options, constants)));
  EXPECT_NE(diagnostics.find("cannot write"), std::string::npos) << diagnostics;
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  options.output = path("affine.exe");
  EXPECT_TRUE(mlir::failed(motion::emit(*module, options, constants)));
}

TEST_F(Files, MissingAttributesAreErrors) {
  const std::pair<const char *, const char *> changes[] = {
      {"onnx.type", "expected onnx.name, onnx.type and onnx.dims"}, {"onnx.name", "expected onnx.name"}, {"onnx.dim", "onnx.name"}};
  for (auto [attribute, expected] : changes) {
    auto module = parse("affine");
    module->walk([&](mlir::LLVM::LLVMFuncOp function) {
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        function.removeArgAttr(i, attribute);
    });
    motion::EmitOptions options;
    options.output = path("libaffine.so");
    diagnostics.clear();
    EXPECT_TRUE(mlir::failed(motion::emit(*module, options, constants))) << attribute;
    EXPECT_NE(diagnostics.find(expected), std::string::npos) << diagnostics;
  }
}

} // namespace
