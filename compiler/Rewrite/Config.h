// How every stage rewrites greedily. Control flow is structured down to the LLVM dialect: to look for blocks that are unreachable or alike, which MLIR
// does before and after each round, finds nothing and takes a tenth of a large model's compile time.
#ifndef COMPILER_REWRITE_CONFIG_H
#define COMPILER_REWRITE_CONFIG_H
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace motion {

/// The configuration of the canonicalizer and of applyPatternsGreedily: no simplification of regions.
inline mlir::GreedyRewriteConfig rewriteConfig() {
  return mlir::GreedyRewriteConfig().setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
}

} // namespace motion
#endif
