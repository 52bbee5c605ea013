#pragma once

#include <algorithm>
#include <cstddef>

#include <malloc.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RESGATE_HEAP_OF_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace resgate::test {

/// Bytes of the heap that the whole process has in use.
inline std::size_t heap_bytes() {
#ifdef RESGATE_HEAP_OF_SANITIZER
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
