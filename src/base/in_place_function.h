#pragma once

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace resgate {

template <typename Signature, std::size_t room>
class InPlaceFunction;

/// A function object that is kept in place: for what is to be done later and comes up all the time,
/// where `std::function` would take a block of memory each. What does not fit into `room` bytes is
/// refused by the compiler. Can be moved, not copied.
template <typename Outcome, typename... Arguments, std::size_t room>
class InPlaceFunction<Outcome(Arguments...), room> {
  public:
    InPlaceFunction() = default;

    template <typename Function>
        requires(!std::is_same_v<std::remove_cvref_t<Function>, InPlaceFunction> &&
                 std::is_invocable_r_v<Outcome, Function&, Arguments...>)
    InPlaceFunction(Function&& function) : kind_(&kind_of<std::decay_t<Function>>) {
        using Kept = std::decay_t<Function>;
        static_assert(sizeof(Kept) <= room && alignof(Kept) <= alignof(void*));
        static_assert(std::is_nothrow_move_constructible_v<Kept>);
        new (place_) Kept(std::forward<Function>(function));
    }

    InPlaceFunction(InPlaceFunction&& other) noexcept { take(other); }

    InPlaceFunction& operator=(InPlaceFunction&& other) noexcept {
        if (this != &other) {
            drop();
            take(other);
        }
        return *this;
    }

    ~InPlaceFunction() { drop(); }

    explicit operator bool() const { return kind_ != nullptr; }

    /// There must be one.
    Outcome operator()(Arguments... arguments) {
        assert(kind_);
        return kind_->call(place_, std::forward<Arguments>(arguments)...);
    }

  private:
    struct Kind {
        Outcome (*call)(std::byte* place, Arguments&&... arguments);
        /// Moves what is in one place to another and ends it in the first.
        void (*move)(std::byte* from, std::byte* to) noexcept;
        void (*drop)(std::byte* place) noexcept;
    };

    template <typename Kept>
    static Kept& at(std::byte* place) {
        return *std::launder(reinterpret_cast<Kept*>(place));
    }

    template <typename Kept>
    static constexpr Kind kind_of{[](std::byte* place, Arguments&&... arguments) -> Outcome {
                                      return at<Kept>(place)(std::forward<Arguments>(arguments)...);
                                  },
                                  [](std::byte* from, std::byte* to) noexcept {
                                      new (to) Kept(std::move(at<Kept>(from)));
                                      at<Kept>(from).~Kept();
                                  },
                                  [](std::byte* place) noexcept { at<Kept>(place).~Kept(); }};

    void take(InPlaceFunction& other) noexcept {
        kind_ = std::exchange(other.kind_, nullptr);
        if (kind_)
            kind_->move(other.place_, place_);
    }

    void drop() noexcept {
        if (kind_)
            kind_->drop(place_);
    }

    const Kind* kind_ = nullptr;
    alignas(void*) std::byte place_[room];
};

}  // namespace resgate
