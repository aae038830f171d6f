// A batch of a Parquet file's rows, typed, as cells.
#pragma once

#include <memory>

#include "ingest_source.h"

namespace arrow {
class RecordBatch;
}

namespace covey::driver {

std::unique_ptr<Cells> cells_of(std::shared_ptr<arrow::RecordBatch> batch);

}  // namespace covey::driver
