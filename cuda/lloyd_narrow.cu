// Instances of the narrow Lloyd kernel, and the choice among them. The larger ones are in
// lloyd_narrow_wide.cu, so that two cores can compile them at once.
#include "narrow.cuh"

namespace covey::cuda {

template void launch_narrow_instance<1>(const Device&, const LloydView&);
template void launch_narrow_instance<2>(const Device&, const LloydView&);
template void launch_narrow_instance<4>(const Device&, const LloydView&);

namespace {

struct Instance {
  int features;
  void (*launch)(const Device&, const LloydView&);
};

/// The smallest instance that takes d features.
const Instance& instance_for(int d) {
  static constexpr Instance kInstances[] = {
      {1, launch_narrow_instance<1>},
      {2, launch_narrow_instance<2>},
      {4, launch_narrow_instance<4>},
      {6, launch_narrow_instance<6>},
      {8, launch_narrow_instance<8>},
      {12, launch_narrow_instance<12>},
      {kNarrowLargest, launch_narrow_instance<kNarrowLargest>}};
  const Instance* instance = kInstances;
  while (instance->features < d) ++instance;
  return *instance;
}

}  // namespace

std::size_t narrow_shared_bytes(int clusters, int models, int d) {
  if (d > kNarrowLargest) return 0;
  return NarrowLayout(clusters, models, instance_for(d).features, d).bytes;
}

void launch_narrow(const Device& device, const LloydView& view) {
  instance_for(view.points.d).launch(device, view);
}

}  // namespace covey::cuda
