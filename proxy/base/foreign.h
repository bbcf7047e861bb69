// Owning what a C library made.

#pragma once

#include <memory>

namespace postern {

template <auto free_it>
struct FreeForeign {
  template <class T>
  void operator()(T* thing) const {
    free_it(thing);
  }
};

// Foreign<sqlite3, sqlite3_close> closes the database when it goes.
template <class T, auto free_it>
using Foreign = std::unique_ptr<T, FreeForeign<free_it>>;

}  // namespace postern
