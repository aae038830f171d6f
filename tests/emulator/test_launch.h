// Launching in the emulator's own tests.
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "emulator/blocks.h"
#include "emulator/emulator.h"

namespace covey::emulator {

struct Shape {
  unsigned blocks = 1, threads = 1;
  std::size_t shared_bytes = 0;
  bool cooperative = false;
};

template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), const Shape& shape, Arguments&&... arguments) {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeCooperative;
  attribute.val.cooperative = shape.cooperative ? 1 : 0;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(shape.blocks);
  config.blockDim = dim3(shape.threads);
  config.dynamicSmemBytes = shape.shared_bytes;
  config.attrs = &attribute;
  config.numAttrs = 1;
  return cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
}

/// The text of the misuse that `call` runs into.
template <class Call>
std::string misuse_of(Call call) {
  try {
    call();
  } catch (const Misuse& misuse) {
    return misuse.what();
  }
  ADD_FAILURE() << "no misuse was found";
  return "";
}

/// Every test has a machine as it was at the start, and frees what it took.
class Emulator : public testing::Test {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override {
    reset();
    EXPECT_EQ(allocations_in_use(), 0U);
  }
};

}  // namespace covey::emulator
