#include <cstdint>

#include "proxy/protocol/imap/imap_back.h"
#include "tests/fuzz/engine_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return postern::fuzz::try_engine<postern::fuzz::BackPlayer>(
      postern::make_imap_back, {reinterpret_cast<const char*>(data), size});
}
