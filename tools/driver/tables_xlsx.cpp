#include "tables_xlsx.h"

#include <xlsxwriter.h>

namespace covey::driver {

void write_tables_xlsx(const RunResult&, const std::filesystem::path& file) {
  lxw_workbook* workbook = workbook_new(file.c_str());
  workbook_add_worksheet(workbook, nullptr);
  workbook_close(workbook);
}

}  // namespace covey::driver
