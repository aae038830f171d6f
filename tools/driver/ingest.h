// ingest() with its block size in the open, so that tests can cut a file in every place.
#pragma once

#include <cstddef>

#include "table.h"

namespace covey::driver {

/// As ingest(). The result does not depend on `block_bytes`.
Sessions ingest_in_blocks(const IngestOptions& options, std::size_t block_bytes,
                          Ledger* ledger_on_failure = nullptr);

}  // namespace covey::driver
