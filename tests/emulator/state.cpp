#include "emulator/state.h"

#include <cstdlib>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "emulated_runtime.h"
#include "emulator/random.h"

namespace covey::emulator {
namespace {

constexpr int kRuntime = 13000;

struct Fault {
  std::string call;
  cudaError_t error;
  int calls_to_go;
};

template <class T>
void from_environment(const char* name, T& value) {
  if (const char* text = std::getenv(name)) value = static_cast<T>(std::strtoull(text, nullptr, 0));
}

Settings settings_of_environment() {
  Settings settings;
  from_environment("COVEY_EMULATOR_SEED", settings.seed);
  from_environment("COVEY_EMULATOR_DEVICES", settings.devices);
  from_environment("COVEY_EMULATOR_DRIVER", settings.driver);
  from_environment("COVEY_EMULATOR_MEMORY", settings.memory);
  from_environment("COVEY_EMULATOR_CAPABILITY", settings.capability);
  from_environment("COVEY_EMULATOR_FRACTION_BITS", settings.fraction_bits);
  return settings;
}

std::vector<Fault> faults_of_environment() {
  std::vector<Fault> faults;
  const char* text = std::getenv("COVEY_EMULATOR_FAULT");
  std::istringstream all(text == nullptr ? "" : text);
  for (std::string one; std::getline(all, one, ',');) {
    std::istringstream parts(one);
    std::string call, error, nth;
    if (!std::getline(parts, call, ':') || !std::getline(parts, error, ':') ||
        !std::getline(parts, nth))
      throw std::invalid_argument("COVEY_EMULATOR_FAULT: CALL:ERROR:NTH expected, got " + one);
    faults.push_back({call, static_cast<cudaError_t>(std::stoi(error)), std::stoi(nth)});
  }
  return faults;
}

struct State {
  State() { seed_random(settings.seed); }

  std::mutex mutex;
  Settings settings = settings_of_environment();
  std::vector<Fault> faults = faults_of_environment();
  cudaError_t last = cudaSuccess, sticky = cudaSuccess;
};

State& state() {
  static auto* const own = new State;  // outlives what frees memory in its destructor
  return *own;
}

/// Errors after which a CUDA context answers nothing else.
bool sticks(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorECCUncorrectable:
      return true;
    default:
      return false;
  }
}

cudaError_t remember(State& own, cudaError_t error) {
  if (error != cudaSuccess) own.last = error;
  if (sticks(error)) own.sticky = error;
  return error;
}

/// Takes the fault that is due, if one is.
cudaError_t due(State& own, const char* call) {
  if (own.sticky != cudaSuccess) return own.sticky;
  for (auto fault = own.faults.begin(); fault != own.faults.end(); ++fault)
    if (fault->call == call && --fault->calls_to_go == 0) {
      const cudaError_t error = fault->error;
      own.faults.erase(fault);
      return error;
    }
  return cudaSuccess;
}

}  // namespace

Settings settings() {
  const std::lock_guard lock(state().mutex);
  return state().settings;
}

void set(const Settings& settings) {
  const std::lock_guard lock(state().mutex);
  state().settings = settings;
  seed_random(settings.seed);
}

void fail_call(const std::string& call, cudaError_t error, int nth) {
  const std::lock_guard lock(state().mutex);
  state().faults.push_back({call, error, nth});
}

void reset() {
  set(settings_of_environment());
  const std::lock_guard lock(state().mutex);
  state().faults.clear();
  state().last = state().sticky = cudaSuccess;
}

cudaError_t enter_without_device(const char* call) {
  const std::lock_guard lock(state().mutex);
  return remember(state(), due(state(), call));
}

cudaError_t enter(const char* call) {
  State& own = state();
  const std::lock_guard lock(own.mutex);
  cudaError_t error = due(own, call);
  if (error == cudaSuccess && own.settings.driver < kRuntime) error = cudaErrorInsufficientDriver;
  if (error == cudaSuccess && own.settings.devices < 1) error = cudaErrorNoDevice;
  return remember(own, error);
}

cudaError_t answer(cudaError_t error) {
  const std::lock_guard lock(state().mutex);
  return remember(state(), error);
}

}  // namespace covey::emulator

// NOLINTBEGIN: the names are CUDA's.
cudaError_t cudaPeekAtLastError() {
  auto& own = covey::emulator::state();
  const std::lock_guard lock(own.mutex);
  const cudaError_t due = covey::emulator::due(own, __func__);
  return covey::emulator::remember(own, due == cudaSuccess ? own.last : due);
}

cudaError_t cudaGetLastError() {
  auto& own = covey::emulator::state();
  const std::lock_guard lock(own.mutex);
  const cudaError_t due = covey::emulator::due(own, __func__);
  const cudaError_t error = covey::emulator::remember(own, due == cudaSuccess ? own.last : due);
  own.last = own.sticky;
  return error;
}

#define COVEY_EMULATED_NAME(name, number, text) \
  case name:                                    \
    return #name;
const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    COVEY_EMULATED_ERRORS(COVEY_EMULATED_NAME)
    default:
      return "unrecognized error code";
  }
}

#define COVEY_EMULATED_TEXT(name, number, text) \
  case name:                                    \
    return text;
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    COVEY_EMULATED_ERRORS(COVEY_EMULATED_TEXT)
    default:
      return "unrecognized error code";
  }
}
// NOLINTEND
