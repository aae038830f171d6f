#include "csv_reader.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "covey/error.h"
#include "csv_cells.h"
#include "csv_plain_cells.h"
#include "csv_rows.h"

namespace covey::driver {
namespace {

/// A row beyond this is taken for a quote that is never closed (and Arrow's parser counts bytes in
/// 31 bits).
constexpr std::size_t kLongestRow = std::size_t{16} << 20;

/// Bytes without the zeros that std::string would write first.
class Text {
 public:
  Text() = default;
  explicit Text(std::size_t capacity) : bytes_(new char[capacity]), capacity_(capacity) {}

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  /// Reads until `capacity` bytes are there; false at the end of the input.
  bool fill(ByteInput& input, std::size_t capacity) {
    if (capacity > capacity_) {
      Text larger(capacity);
      larger.assign(view());
      *this = std::move(larger);
    }
    const std::size_t wanted = capacity - size_;
    const std::size_t got = input.read(bytes_.get() + size_, wanted);
    size_ += got;
    return got == wanted;
  }
  void assign(std::string_view text) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    size_ = text.size();
  }
  void shrink(std::size_t size) { size_ = size; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0, size_ = 0;
};

class CsvWork final : public Work {
 public:
  CsvWork(Text text, char delimiter, int columns, std::int64_t bytes_done)
      : text_(std::move(text)), delimiter_(delimiter), columns_(columns), bytes_done_(bytes_done) {}

  std::int64_t bytes_done() const override { return bytes_done_; }

  void parse(const std::function<void(const Cells&)>& use) override {
    auto cells = plain_csv(text_.view(), delimiter_, columns_);
    if (cells == nullptr) {
      cells = parse_csv(text_.view(), delimiter_, columns_);
      text_ = Text();
    }
    use(*cells);
  }

 private:
  Text text_;
  char delimiter_;
  int columns_;
  std::int64_t bytes_done_;
};

class CsvSource final : public Source {
 public:
  CsvSource(std::string file, std::unique_ptr<ByteInput> input, const SourceOptions& options)
      : file_(std::move(file)),
        input_(std::move(input)),
        block_bytes_(std::max<std::size_t>(1, options.block_bytes)) {
    read_header(options.delimiter);
  }

  const std::vector<std::string>& columns() const override { return columns_; }

  std::string format() const override {
    const std::string name = delimiter_ == '\t' ? "tab" : "'" + std::string(1, delimiter_) + "'";
    return "CSV, " + std::string(input_->is_gzip() ? "gzip, " : "") + "delimiter " + name;
  }

  std::unique_ptr<Work> next() override;
  const UnclosedQuote* unclosed_quote() const override { return unclosed_ ? &*unclosed_ : nullptr; }
  std::int64_t bytes_in_all() const override { return input_->bytes_in_all(); }
  int parts_in_flight(int threads) const override { return 2 * threads; }

 private:
  void read_header(char delimiter);
  std::unique_ptr<Work> last_part(const RowEndFinder& finder);
  std::unique_ptr<Work> cut(std::size_t end);

  std::string file_;
  std::unique_ptr<ByteInput> input_;
  std::size_t block_bytes_;
  char delimiter_ = ',';
  std::vector<std::string> columns_;
  Text text_;  ///< read and not handed out; starts at a row
  bool at_end_ = false;
  std::int64_t lines_ = 0;  ///< before text_
  std::optional<UnclosedQuote> unclosed_;
};

void CsvSource::read_header(char delimiter) {
  const auto bad = [&](const std::string& what, const std::string& fix) {
    throw Error(ErrorKind::kData, what, shown_name(file_), fix);
  };
  HeaderLine header;
  std::size_t mark = 0;
  for (std::size_t wanted = std::max<std::size_t>(block_bytes_, 16);; wanted *= 2) {
    at_end_ = !text_.fill(*input_, wanted);
    const std::string_view text = text_.view();
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
      bad("the file is UTF-16 text", "save it as UTF-8");
    }
    if (text.starts_with("PK\x03\x04"))
      bad("the file is a zip archive or a spreadsheet", "export it as CSV");
    mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    if (find_header_line(text.substr(mark), delimiter, at_end_, header)) break;
    if (wanted > kLongestRow) bad("the header line is longer than 16 MiB", "is this a CSV file?");
  }
  const std::string_view text = text_.view().substr(mark);
  if (header.begin == header.end)
    bad("the file is empty", "it needs a header line with column names, and rows");
  const std::string_view line = text.substr(header.begin, header.end - header.begin);
  if (line.find('\0') != std::string_view::npos) {
    bad("the header line holds zero bytes: this is no CSV file", "give a CSV or Parquet file");
  }
  if (header.unclosed) bad("a quote in the header line is never closed", "close or remove it");
  delimiter_ = header.delimiter;
  columns_ = parse_csv_line(line, delimiter_);
  // pandas writes its index under no name.
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].empty()) columns_[i] = "(unnamed " + std::to_string(i + 1) + ")";
  }
  lines_ = static_cast<std::int64_t>(count_lines(text.substr(0, header.end)));
  text_.assign(std::string(text.substr(header.end)));
}

std::unique_ptr<Work> CsvSource::next() {
  if (unclosed_ || (at_end_ && text_.size() == 0)) return nullptr;
  RowEndFinder finder(delimiter_);
  // A little more than a block, so that the row that crosses its end is mostly there.
  std::size_t wanted = block_bytes_ + std::min<std::size_t>(block_bytes_, std::size_t{1} << 16);
  while (true) {
    if (!at_end_ && text_.size() < wanted) at_end_ = !text_.fill(*input_, wanted);
    const std::size_t end = finder.find(text_.view(), block_bytes_, at_end_);
    if (end != RowEndFinder::kNone) return cut(end);
    if (at_end_ || text_.size() > block_bytes_ + kLongestRow) return last_part(finder);
    wanted = text_.size() * 2;
  }
}

/// Offset behind the last row end at `limit` or before it.
std::size_t start_of_row(std::string_view text, char delimiter, std::size_t limit) {
  RowEndFinder finder(delimiter);
  std::size_t start = 0;
  for (std::size_t end = 0; end != RowEndFinder::kNone && end <= limit;) {
    start = end;
    end = finder.find(text, start + 1, true);
  }
  return start;
}

/// The rest of the file, or of what is readable: without the row in which a quote stays open.
std::unique_ptr<Work> CsvSource::last_part(const RowEndFinder& finder) {
  const std::string_view text = text_.view();
  const std::size_t quote = finder.open_quote();
  const bool is_open = quote != RowEndFinder::kNone;
  if (!is_open && at_end_) return cut(text.size());
  const std::size_t row = start_of_row(text, delimiter_, is_open ? quote : text.size());
  const auto line = [&](std::size_t offset) {
    return lines_ + static_cast<std::int64_t>(count_lines(text.substr(0, offset))) + 1;
  };
  if (!is_open) {
    throw Error(ErrorKind::kData, "line " + std::to_string(line(row)) + " is longer than 16 MiB",
                shown_name(file_), "is this a CSV file?");
  }
  constexpr std::size_t kShown = 60;
  unclosed_ = UnclosedQuote{line(quote), printable(text.substr(quote, kShown))};
  return row == 0 ? nullptr : cut(row);
}

std::unique_ptr<Work> CsvSource::cut(std::size_t end) {
  const std::string_view rest = text_.view().substr(end);
  Text later(std::max(rest.size(),
                      block_bytes_ + std::min<std::size_t>(block_bytes_, std::size_t{1} << 16)));
  later.assign(rest);
  Text rows = std::move(text_);
  text_ = std::move(later);
  rows.shrink(end);
  lines_ += static_cast<std::int64_t>(count_lines(rows.view()));
  return std::make_unique<CsvWork>(std::move(rows), delimiter_, static_cast<int>(columns_.size()),
                                   input_->bytes_done());
}

}  // namespace

std::unique_ptr<Source> open_csv(const std::string& file, std::unique_ptr<ByteInput> input,
                                 const SourceOptions& options) {
  constexpr std::string_view kForbidden("\"\r\n\0", 4);
  if (options.delimiter != 0 && kForbidden.find(options.delimiter) != std::string_view::npos) {
    throw Error(ErrorKind::kUsage, "a quote or a line end cannot be the delimiter");
  }
  return std::make_unique<CsvSource>(file, std::move(input), options);
}

}  // namespace covey::driver
