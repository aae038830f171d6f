// The probe of matrix units holds where sums are as exact as is known of devices, and finds it out
// where they are not.
#include "matrix_probe.h"

#include <cmath>

#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

cuda::Device device_with(int fraction_bits, int capability) {
  Settings machine;
  machine.fraction_bits = fraction_bits;
  machine.capability = capability;
  set(machine);
  return cuda::open_device(0);
}

TEST_F(Emulator, MatrixUnitsHoldWhereSumsAreRoundedOnceOrCutAt23Bits) {
  for (const int capability : {80, 90})
    for (const int fraction_bits : {0, 25, 24, 23}) {
      const cuda::Device device = device_with(fraction_bits, capability);
      EXPECT_EQ(cuda::device_has_wgmma(device), capability == 90);
      EXPECT_TRUE(cuda::matrix_units_hold(device)) << capability << " " << fraction_bits;
    }
}

TEST_F(Emulator, MatrixUnitsDoNotHoldWhereSumsAreCoarser) {
  EXPECT_FALSE(cuda::matrix_units_hold(device_with(12, 80)));
  EXPECT_FALSE(cuda::matrix_units_hold(device_with(12, 90)));
  EXPECT_FALSE(cuda::matrix_units_hold(device_with(22, 90)));
}

// A term that is cut off beside the largest, of size 1, loses at most 2^-b, and d of them come near
// that: the error is 2^-b d of the (d + 16) 2^-22 allowed. So the vectors are about as bad as
// vectors can be.
TEST_F(Emulator, TheProbeBringsOutWhatIsCutOff) {
  for (const int fraction_bits : {25, 24, 23, 22}) {
    const double expected = std::ldexp(1, 22 - fraction_bits);
    const double found = cuda::largest_product_error(device_with(fraction_bits, 90));
    EXPECT_LT(found, expected);
    EXPECT_GT(found, 0.98 * expected);
  }
}

}  // namespace
}  // namespace covey::emulator
