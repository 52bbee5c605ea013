#pragma once

#include <algorithm>
#include <cstddef>

#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of sanitizer/allocator_interface.h, which GCC does not install.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace resgate::test {

/// Bytes of the heap that the whole process has in use.
inline std::size_t heap_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

/// How much more of the heap is in use than at construction.
class HeapGrowth {
  public:
    std::size_t bytes() const { return std::max(heap_bytes(), before_) - before_; }

  private:
    std::size_t before_ = heap_bytes();
};

}  // namespace resgate::test
