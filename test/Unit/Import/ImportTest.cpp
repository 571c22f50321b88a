// importModel as a function: expansion of schema functions, what lands in the store, errors as diagnostics.
#include "compiler/Import/Import.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <onnx/defs/parser.h>

using namespace mlir;

namespace {

/// A model in ONNX's text form, imported.
class ImportTest : public testing::Test {
protected:
  ImportTest() : context(MLIRContext::Threading::DISABLED) {}

  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("import", "onnx", path)); }
  void TearDown() override { llvm::sys::fs::remove(path); }

  void write(const ::onnx::ModelProto &model) {
    std::ofstream out(path.c_str(), std::ios::binary);
    ASSERT_TRUE(model.SerializeToOstream(&out));
  }

  ::onnx::ModelProto parse(const char *text) {
    ::onnx::ModelProto model;
    ::onnx::OnnxParser parser(text);
    auto status = parser.Parse(model);
    EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
    return model;
  }

  /// The names of the operations, in order; the error's text when the model is refused.
  std::string import(const motion::ImportOptions &options = {}) {
    std::string result;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { result += diagnostic.str(); });
    FailureOr<OwningOpRef<ModuleOp>> module = motion::importModel(path.str(), options, weights, context);
    if (succeeded(module))
      (*module)->walk([&](Operation *op) {
        if (op->getName().getDialectNamespace() == "onnx")
          result += op->getName().stripDialect().str() + " ";
      });
    return result;
  }

  MLIRContext context;
  motion::WeightStore weights;
  SmallString<128> path;
};

TEST(SymbolPrefixTest, FollowsTheRulesOfNames) {
  EXPECT_EQ(motion::symbolPrefix("a/b/deep-phase.v2.onnx"), "deep_phase_v2");
  EXPECT_EQ(motion::symbolPrefix("2c2d.onnx"), "model_2c2d");
  EXPECT_EQ(motion::symbolPrefix("___.onnx"), "model");
  const std::string stem(60, 'x');
  EXPECT_EQ(motion::symbolPrefix(stem + ".onnx"), std::string(40, 'x') + "_42f2d9");
  EXPECT_NE(motion::symbolPrefix(stem + "y.onnx"), motion::symbolPrefix(stem + ".onnx"));
}

const char *softplus = "<ir_version: 8, opset_import: [\"\" : 18]> g (float[n] x, bool c) => (float[n] y) {"
                       "  y = If(c) <then_branch = t () => (float[n] p) { p = Softplus(x) }, else_branch = e () => (float[n] q) { q = Neg(x) }>"
                       "}";

TEST_F(ImportTest, FunctionsWithoutLoweringAreExpandedInBodiesToo) {
  write(parse(softplus));
  llvm::StringSet<> all = {"If", "Neg", "Softplus"};
  EXPECT_EQ(import({.supported = &all}), "Neg Yield Softplus Yield If ");
  llvm::StringSet<> primitive = {"If", "Neg", "Constant", "CastLike", "Exp", "Add", "Log"};
  EXPECT_EQ(import({.supported = &primitive}), "Neg Yield Exp Constant CastLike Add Log Yield If ");
}

TEST_F(ImportTest, FunctionsThatDependOnTypesAreExpanded) {
  write(parse("<ir_version: 8, opset_import: [\"\" : 18]> g (float[n] x) => (float[n] y) {"
              " six = Constant<value_float = 6.0>() y = Clip(x, , six) }"));
  llvm::StringSet<> primitive = {"Constant", "Less", "Where", "Identity"};
  const std::string ops = import({.supported = &primitive});
  EXPECT_NE(ops.find("Less"), std::string::npos) << ops;
  EXPECT_EQ(ops.find("Clip"), std::string::npos) << ops;
}

TEST_F(ImportTest, EveryUnsupportedOperatorIsNamed) {
  write(parse("<ir_version: 8, opset_import: [\"\" : 18]> g (float[n] x) => (float[n] y) { [a] s = Sin(x) [b] t = Cos(s) y = Neg(t) }"));
  llvm::StringSet<> supported = {"Neg"};
  EXPECT_EQ(import({.supported = &supported}), "2 nodes have an operator that is not supported:\n  node 'a' (Sin)\n  node 'b' (Cos)");
}

TEST_F(ImportTest, WeightsAreAlignedAndUnpacked) {
  ::onnx::ModelProto model = parse("<ir_version: 10, opset_import: [\"\" : 21]> g (float[n] x) => (float[n] y, int4[100] i, bool[70] b) {"
                                   " y = Neg(x) i = Identity(w) b = Identity(m) }");
  ::onnx::TensorProto &packed = *model.mutable_graph()->add_initializer();
  packed.set_name("w");
  packed.set_data_type(::onnx::TensorProto::INT4);
  packed.add_dims(100);
  packed.set_raw_data(std::string(50, char(0x9f))); // -1, -7, -1, ...
  ::onnx::TensorProto &mask = *model.mutable_graph()->add_initializer();
  mask.set_name("m");
  mask.set_data_type(::onnx::TensorProto::BOOL);
  mask.add_dims(70);
  mask.set_raw_data(std::string(70, char(0x40)));
  write(model);
  import();
  ASSERT_EQ(weights.size(), 2u);
  ASSERT_EQ(weights[0].bytes.size(), 100u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights[0].bytes.data()) % 64, 0u);
  EXPECT_EQ(int(static_cast<signed char>(weights[0].bytes[0])), -1);
  EXPECT_EQ(int(static_cast<signed char>(weights[0].bytes[1])), -7);
  EXPECT_EQ(int(weights[1].bytes[69]), 1);
}

TEST_F(ImportTest, DeepNestingIsRefused) {
  ::onnx::ModelProto model = parse("<ir_version: 8, opset_import: [\"\" : 18]> g (float[n] x, bool c) => (float[n] y) { y = Neg(x) }");
  ::onnx::GraphProto *graph = model.mutable_graph();
  for (int depth = 0; depth < 2000; ++depth) {
    ::onnx::NodeProto *node = graph->add_node();
    node->set_op_type("If");
    node->add_input("c");
    node->add_output("o" + std::to_string(depth));
    ::onnx::AttributeProto *branch = node->add_attribute();
    branch->set_name("then_branch");
    branch->set_type(::onnx::AttributeProto::GRAPH);
    graph = branch->mutable_g();
    graph->set_name("b");
  }
  write(model);
  EXPECT_NE(import().find("do not parse"), std::string::npos);
}

} // namespace
