// Arrays start on a cache line: a vector that straddles two lines is loaded and stored at half speed.
#include <stdlib.h>
#include <new>

void* operator new[](std::size_t bytes) {
    const std::size_t line = 64;
    if (void* memory = ::aligned_alloc(line, (bytes + line - 1) / line * line)) return memory;
    throw std::bad_alloc();
}

void operator delete[](void* memory) noexcept { ::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { ::free(memory); }
