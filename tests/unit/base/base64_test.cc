#include "proxy/base/base64.h"

#include <doctest/doctest.h>

using namespace postern;

TEST_CASE("base64 round trips (RFC 4648 section 10)") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(base64_encode(plain) == coded);
    const auto decoded = base64_decode(coded);
    REQUIRE(decoded);
    CHECK(decoded->view() == plain);
  }
}

TEST_CASE("every octet survives") {
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  const auto decoded = base64_decode(base64_encode(all));
  REQUIRE(decoded);
  CHECK(decoded->view() == all);
}

TEST_CASE("T4.12: what is not exactly base64 is refused") {
  for (const char* bad :
       {"Zg", "Zg=", "Z===", "====", "=", "Zm9v=", "Zg==Zg==", "Zm 9", "Zm9\t",
        "Zm9v\n", "Zm9-", "Zm_v", "Zh==", "Zm9=", "Z=g=", "Zg==x"})
    CHECK_MESSAGE(!base64_decode(bad), bad);
}
