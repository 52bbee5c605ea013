#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace resgate {

/// A value, or the reason why there is none. For everything a peer can cause; see docs/style.md.
template <typename T, typename E>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }

    explicit operator bool() const { return ok(); }

    T& value() {
        assert(ok());
        return *std::get_if<0>(&state_);
    }

    const T& value() const {
        assert(ok());
        return *std::get_if<0>(&state_);
    }

    T& operator*() { return value(); }

    const T& operator*() const { return value(); }

    T* operator->() { return &value(); }

    const T* operator->() const { return &value(); }

    E& error() {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }

    const E& error() const {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, E> state_;
};

}  // namespace resgate
