// Instances of the narrow Lloyd kernel for more than four features.
#include "narrow.cuh"

namespace covey::cuda {

template void launch_narrow_instance<6>(const Device&, const LloydView&);
template void launch_narrow_instance<8>(const Device&, const LloydView&);
template void launch_narrow_instance<12>(const Device&, const LloydView&);
template void launch_narrow_instance<16>(const Device&, const LloydView&);

}  // namespace covey::cuda
