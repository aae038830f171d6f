// The errors of the runtime, with CUDA's numbers and texts.
#pragma once

// NOLINTBEGIN: the names are CUDA's.
#define COVEY_EMULATED_ERRORS(X)                                                          \
  X(cudaSuccess, 0, "no error")                                                           \
  X(cudaErrorInvalidValue, 1, "invalid argument")                                         \
  X(cudaErrorMemoryAllocation, 2, "out of memory")                                        \
  X(cudaErrorInitializationError, 3, "initialization error")                              \
  X(cudaErrorInvalidConfiguration, 9, "invalid configuration argument")                   \
  X(cudaErrorInvalidMemcpyDirection, 21, "invalid copy direction for memcpy")             \
  X(cudaErrorInsufficientDriver, 35,                                                      \
    "CUDA driver version is insufficient for CUDA runtime version")                       \
  X(cudaErrorDevicesUnavailable, 46, "CUDA-capable device(s) is/are busy or unavailable") \
  X(cudaErrorInvalidDeviceFunction, 98, "invalid device function")                        \
  X(cudaErrorNoDevice, 100, "no CUDA-capable device is detected")                         \
  X(cudaErrorInvalidDevice, 101, "invalid device ordinal")                                \
  X(cudaErrorNoKernelImageForDevice, 209,                                                 \
    "no kernel image is available for execution on the device")                           \
  X(cudaErrorECCUncorrectable, 214, "uncorrectable ECC error encountered")                \
  X(cudaErrorUnsupportedPtxVersion, 222,                                                  \
    "the provided PTX was compiled with an unsupported toolchain.")                       \
  X(cudaErrorNotReady, 600, "device not ready")                                           \
  X(cudaErrorIllegalAddress, 700, "an illegal memory access was encountered")             \
  X(cudaErrorLaunchOutOfResources, 701, "too many resources requested for launch")        \
  X(cudaErrorLaunchTimeout, 702, "the launch timed out and was terminated")               \
  X(cudaErrorAssert, 710, "device-side assert triggered")                                 \
  X(cudaErrorIllegalInstruction, 715, "an illegal instruction was encountered")           \
  X(cudaErrorMisalignedAddress, 716, "misaligned address")                                \
  X(cudaErrorLaunchFailure, 719, "unspecified launch failure")                            \
  X(cudaErrorCooperativeLaunchTooLarge, 720, "too many blocks in cooperative launch")     \
  X(cudaErrorNotSupported, 801, "operation not supported")                                \
  X(cudaErrorSystemDriverMismatch, 803,                                                   \
    "system has unsupported display driver / cuda driver combination")                    \
  X(cudaErrorUnknown, 999, "unknown error")

#define COVEY_EMULATED_ENUMERATOR(name, number, text) name = number,
enum cudaError { COVEY_EMULATED_ERRORS(COVEY_EMULATED_ENUMERATOR) };
#undef COVEY_EMULATED_ENUMERATOR
using cudaError_t = cudaError;
// NOLINTEND
