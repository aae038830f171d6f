// The instruction set of the int8 screen, asked for function by function: a flag for a whole file
// would let inline functions that others share be compiled with it.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#define COVEY_VNNI                                                     \
  __attribute__((                                                      \
      target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni," \
             "avx512vpopcntdq")))
#endif
