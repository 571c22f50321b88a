// Constants that are weights in another order are copied without any code made for them; the others are left to the code generator.
#include "compiler/Pipelines/ConstantMoves.h"
#include "compiler/Pipelines/Registration.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mlir;

namespace {

/// A function from a weight of 6x4 floats 0, 1, 2, ... to a tensor of the given shape, which `body` computes as %r from %w.
std::string functionOf(const std::string &sizes, const std::string &strides, const std::string &shape, const std::string &body) {
  return "func.func @m.constants(%a: memref<f32>, %b: memref<f32>) {\n"
         "  %am = memref.reinterpret_cast %a to offset: [0], sizes: [6, 4], strides: [4, 1] : memref<f32> to memref<6x4xf32>\n"
         "  %w = bufferization.to_tensor %am restrict : memref<6x4xf32> to tensor<6x4xf32>\n" +
         body + "  %bm = memref.reinterpret_cast %b to offset: [0], sizes: [" + sizes + "], strides: [" + strides + "] : memref<f32> to memref<" + shape +
         "xf32>\n  bufferization.materialize_in_destination %r in restrict writable %bm : (tensor<" + shape + "xf32>, memref<" + shape +
         "xf32>) -> ()\n  return\n}\n";
}

struct ConstantMoves : testing::Test {
  ConstantMoves() : context(MLIRContext::Threading::DISABLED), weight(24), result(48, -1) {
    DialectRegistry registry;
    motion::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    std::iota(weight.begin(), weight.end(), 0.0f);
  }

  bool evaluate(const std::string &text) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    char *arguments[] = {reinterpret_cast<char *>(weight.data()), reinterpret_cast<char *>(result.data())};
    return motion::evaluateMoves(*module->getOps<func::FuncOp>().begin(), arguments);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<float> weight, result;
};

TEST_F(ConstantMoves, PacksIntoPanels) {
  ASSERT_TRUE(evaluate(functionOf("2, 4, 3", "12, 3, 1", "2x4x3",
                                  "  %e = tensor.empty() : tensor<2x4x3xf32>\n"
                                  "  %x = tensor.expand_shape %w [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>\n"
                                  "  %r = linalg.transpose ins(%x : tensor<2x3x4xf32>) outs(%e : tensor<2x4x3xf32>) permutation = [0, 2, 1]\n")));
  for (int panel = 0; panel < 2; ++panel)
    for (int k = 0; k < 4; ++k)
      for (int lane = 0; lane < 3; ++lane)
        EXPECT_EQ(result[panel * 12 + k * 3 + lane], weight[(panel * 3 + lane) * 4 + k]);
  EXPECT_EQ(result[24], -1);
}

TEST_F(ConstantMoves, PadsWithZeros) {
  ASSERT_TRUE(evaluate(functionOf("8, 4", "4, 1", "8x4",
                                  "  %z = arith.constant 0.0 : f32\n  %e = tensor.empty() : tensor<8x4xf32>\n"
                                  "  %f = linalg.fill ins(%z : f32) outs(%e : tensor<8x4xf32>) -> tensor<8x4xf32>\n"
                                  "  %r = tensor.insert_slice %w into %f[1, 0] [6, 4] [1, 1] : tensor<6x4xf32> into tensor<8x4xf32>\n")));
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(result[i], i >= 4 && i < 28 ? weight[i - 4] : 0) << i;
}

TEST_F(ConstantMoves, FillsTheBorderAlone) {
  ASSERT_TRUE(evaluate(functionOf("8, 4", "4, 1", "8x4",
                                  "  %z = arith.constant 0.0 : f32\n  %e = tensor.empty() : tensor<8x4xf32>\n  %g = tensor.empty() : tensor<2x4xf32>\n"
                                  "  %f = linalg.fill ins(%z : f32) outs(%g : tensor<2x4xf32>) -> tensor<2x4xf32>\n"
                                  "  %p = tensor.insert_slice %f into %e[6, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<8x4xf32>\n"
                                  "  %r = tensor.insert_slice %w into %p[0, 0] [6, 4] [1, 1] : tensor<6x4xf32> into tensor<8x4xf32>\n")));
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(result[i], i < 24 ? weight[i] : 0) << i;
}

TEST_F(ConstantMoves, CollapsesWhatWasTransposed) {
  ASSERT_TRUE(evaluate(functionOf("12", "1", "12",
                                  "  %e = tensor.empty() : tensor<4x3xf32>\n"
                                  "  %s = tensor.extract_slice %w[1, 0] [3, 4] [2, 1] : tensor<6x4xf32> to tensor<3x4xf32>\n"
                                  "  %t = linalg.transpose ins(%s : tensor<3x4xf32>) outs(%e : tensor<4x3xf32>) permutation = [1, 0]\n"
                                  "  %r = tensor.collapse_shape %t [[0, 1]] : tensor<4x3xf32> into tensor<12xf32>\n")));
  for (int column = 0; column < 4; ++column)
    for (int row = 0; row < 3; ++row)
      EXPECT_EQ(result[column * 3 + row], weight[(1 + 2 * row) * 4 + column]);
}

TEST_F(ConstantMoves, LeavesArithmetic) {
  EXPECT_FALSE(evaluate(functionOf("6, 4", "4, 1", "6x4",
                                   "  %e = tensor.empty() : tensor<6x4xf32>\n"
                                   "  %r = linalg.exp ins(%w : tensor<6x4xf32>) outs(%e : tensor<6x4xf32>) -> tensor<6x4xf32>\n")));
  func::FuncOp function = *module->getOps<func::FuncOp>().begin();
  EXPECT_FALSE(function.getOps<bufferization::MaterializeInDestinationOp>().empty());
  EXPECT_EQ(result[0], -1);
}

} // namespace
