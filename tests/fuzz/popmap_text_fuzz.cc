#include <cstdint>

#include "tests/fuzz/popmap_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return postern::fuzz::try_popmap(postern::read_text_map,
                                   {reinterpret_cast<const char*>(data), size});
}
