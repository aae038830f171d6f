#include "report/png_image.h"

#include <png.h>

#include <csetjmp>
#include <exception>

#include "covey/error.h"

namespace covey::driver {
namespace {

constexpr int kCompressionLevel = 6;

/// What libpng's callbacks write to. They are called from C: nothing may be thrown through it.
struct Sink {
  std::string bytes;
  std::string problem;
};

void append(png_structp png, png_bytep data, png_size_t size) {
  auto* sink = static_cast<Sink*>(png_get_io_ptr(png));
  bool is_full = false;
  try {
    sink->bytes.append(reinterpret_cast<const char*>(data), size);
  } catch (const std::exception&) {
    is_full = true;
  }
  if (is_full) png_error(png, "out of memory");
}

void flush(png_structp) {}

[[noreturn]] void fail(png_structp png, png_const_charp text) {
  try {
    static_cast<Sink*>(png_get_error_ptr(png))->problem = text;
  } catch (const std::exception&) {
    // The call fails without a text.
  }
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

int color_type(int channels) {
  if (channels == 1) return PNG_COLOR_TYPE_GRAY;
  return channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
}

/// false: libpng jumped out. Holds no object with a destructor, as a jump runs none.
bool write_png(png_structp png, png_infop info, const Image& image) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;  // NOLINT(cert-err52-cpp): libpng's way
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, color_type(image.channels),
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, kCompressionLevel);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);  // counts, not gradients
  png_write_info(png, info);
  const std::size_t row =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  for (int y = 0; y < image.height; ++y)
    png_write_row(png, image.pixels.data() + static_cast<std::size_t>(y) * row);
  png_write_end(png, info);
  return true;
}

}  // namespace

std::string encode_png(const Image& image) {
  if (image.pixels.size() != static_cast<std::size_t>(image.width) *
                                 static_cast<std::size_t>(image.height) *
                                 static_cast<std::size_t>(image.channels))
    throw Error(ErrorKind::kInternal, "a picture has more or fewer pixels than its size says");
  Sink sink;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, fail, ignore_warning);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  bool written = false;
  if (info != nullptr) {
    png_set_write_fn(png, &sink, append, flush);
    written = write_png(png, info, image);
  }
  png_destroy_write_struct(&png, &info);
  if (!written) throw Error(ErrorKind::kInternal, "a PNG picture was not made: " + sink.problem);
  return std::move(sink.bytes);
}

}  // namespace covey::driver
