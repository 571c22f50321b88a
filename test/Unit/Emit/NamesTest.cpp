// The rules for C names.
#include "compiler/Emit/Names.h"
#include <gtest/gtest.h>

using motion::CNames;

namespace {

TEST(CNames, ReplacesWhatIsNoLetterOrDigit) {
  CNames names;
  EXPECT_EQ(names.add("input.1", "in", "input0"), "input_1");
  EXPECT_EQ(names.add("/model/fc__1/:0", "in", "input1"), "model_fc_1_0");
  EXPECT_EQ(names.add("387", "out", "output0"), "out_387");
  EXPECT_EQ(names.add("2d", "dim", "dim0"), "dim_2d");
  EXPECT_EQ(names.add("\xc3\xbc", "in", "input4"), "input4");
  EXPECT_EQ(names.add("", "out", "output2"), "output2");
}

TEST(CNames, AvoidsKeywordsAndOurOwnNames) {
  CNames names;
  for (const char *word : {"float", "class", "namespace", "event", "near", "errno", "I", "workspace", "host", "args", "size_t", "int64_t", "xor"})
    EXPECT_EQ(names.add(word, "in", "input0"), std::string(word) + "_");
  EXPECT_EQ(names.add("Float", "in", "input0"), "Float");
  EXPECT_EQ(names.add("FLOAT", "in", "input0"), "FLOAT_2") << "macros have no case";
}

TEST(CNames, NumbersCollisions) {
  CNames names;
  EXPECT_EQ(names.add("x", "in", "input0"), "x");
  EXPECT_EQ(names.add("x:", "in", "input1"), "x_2");
  EXPECT_EQ(names.add("X", "out", "output0"), "X_3");
  EXPECT_EQ(names.add("x_3", "out", "output1"), "x_3_2");
}

TEST(CNames, CutsLongNames) {
  CNames names;
  const std::string name = names.add("a_very_long_name_of_a_tensor_that_goes_beyond_the_limit", "in", "input0");
  EXPECT_EQ(name.size(), 47u);
  EXPECT_EQ(name.substr(0, 41), "a_very_long_name_of_a_tensor_that_goes_b_");
  EXPECT_EQ(names.add(std::string(48, 'a'), "in", "input0"), std::string(48, 'a'));
  EXPECT_EQ(names.add(std::string(49, 'a'), "in", "input0").substr(0, 41), std::string(40, 'a') + "_");
}

TEST(CommentText, CannotEndTheComment) {
  EXPECT_EQ(motion::quotedForComment("a*/b/*c"), "\"a*\\/b/\\*c\"");
  EXPECT_EQ(motion::quotedForComment("?\?/\n"), "\"?\\?/\\x0a\"");
  EXPECT_EQ(motion::quotedForComment("a\"b"), "\"a\\\"b\"");
  EXPECT_EQ(motion::quotedForComment("M\xc3\xbcller"), "\"M\xc3\xbcller\"");
  EXPECT_EQ(motion::quotedForComment("\xe2\x80\xae"), "\"\\xe280ae\"") << "reverses the text behind it";
  EXPECT_EQ(motion::quotedForComment("\xff"), "\"\xef\xbf\xbd\"") << "no UTF-8";
}

} // namespace
