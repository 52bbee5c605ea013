#pragma once

#include <utility>

#include <unistd.h>

namespace resgate::net {

/// Owns a file descriptor.
class FileDescriptor {
  public:
    FileDescriptor() = default;

    explicit FileDescriptor(int number) : number_(number) {}

    FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}

    ~FileDescriptor() { reset(); }

    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        reset(other.release());
        return *this;
    }

    int get() const { return number_; }

    explicit operator bool() const { return number_ >= 0; }

    int release() { return std::exchange(number_, -1); }

    void reset(int number = -1) {
        if (number_ >= 0) {
            ::close(number_);
        }
        number_ = number;
    }

  private:
    int number_ = -1;
};

}  // namespace resgate::net
