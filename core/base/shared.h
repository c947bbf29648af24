// SPDX-License-Identifier: Apache-2.0
//
// A value that many have in common: a site that a thousand peers stand at, the
// identity of all replicas of an agent. Each names it in eight bytes and copies
// it for nothing; it never changes under anybody. It reads like the value
// itself, and is compared by it. T's default costs no memory at all.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace herald {
namespace internal {

// What a braced list of T is made of; nothing that exists unless T is a list.
template <typename T>
struct ListedIn {
  struct Type {};
};
template <typename E>
struct ListedIn<std::vector<E>> {
  using Type = E;
};

}  // namespace internal

template <typename T>
class Shared {
 public:
  static constexpr bool kIsText = std::same_as<T, std::string>;
  static constexpr bool kIsList = std::ranges::range<T>;

  Shared() = default;
  // From whatever T is made of, as `T x = value` would be.
  // clang-tidy 14 does not see that the constraint leaves out copies and moves.
  // NOLINTBEGIN(bugprone-forwarding-reference-overload)
  template <typename U>
  requires(!std::same_as<std::remove_cvref_t<U>, Shared> &&
           (std::convertible_to<U, T> ||
            (kIsText && std::convertible_to<U, std::string_view>)))
      Shared(U&& value)
      : held_(Hold(T(std::forward<U>(value)))) {}
  // NOLINTEND(bugprone-forwarding-reference-overload)
  Shared(std::initializer_list<typename internal::ListedIn<T>::Type>
             list) requires(!kIsText && kIsList)
      : held_(Hold(T(list))) {}

  Shared(const Shared& other) noexcept : held_(other.held_) {
    if (held_ != nullptr) held_->holders.fetch_add(1, kRelaxed);
  }
  Shared(Shared&& other) noexcept
      : held_(std::exchange(other.held_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~Shared() {
    if (held_ == nullptr) return;
    if (held_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete held_;
    }
  }

  const T& get() const { return held_ == nullptr ? Default() : held_->value; }
  const T& operator*() const { return get(); }
  const T* operator->() const { return &get(); }
  operator const T&() const { return get(); }
  operator std::string_view() const requires kIsText { return get(); }

  auto begin() const requires kIsList { return get().begin(); }
  auto end() const requires kIsList { return get().end(); }
  bool empty() const requires kIsList { return get().empty(); }
  size_t size() const requires kIsList { return get().size(); }
  const auto& operator[](size_t index) const requires kIsList {
    return get()[index];
  }

  // The value, to be changed before it is shown to anybody: a copy of its own
  // where others hold it too.
  T& Edit() {
    if (held_ == nullptr || !alone()) *this = Shared(new Held(T(get())));
    return held_->value;
  }
  // It is what T() is.
  bool is_default() const { return get() == Default(); }
  // Nobody else holds it.
  bool alone() const {
    return held_ == nullptr ||
           held_->holders.load(std::memory_order_acquire) == 1;
  }

  friend bool operator==(const Shared& a, const Shared& b) {
    return a.held_ == b.held_ || a.get() == b.get();
  }
  template <typename U>
  requires(!std::same_as<U, Shared> &&
           requires(const T& t, const U& u) {
             { t == u } -> std::convertible_to<bool>;
           }) friend bool
  operator==(const Shared& a, const U& b) {
    return a.get() == b;
  }

 private:
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;

  struct Held {
    explicit Held(T of) : value(std::move(of)) {}
    std::atomic<uint32_t> holders{1};
    T value;
  };
  explicit Shared(Held* held) : held_(held) {}

  static Held* Hold(T value) {
    return value == Default() ? nullptr : new Held(std::move(value));
  }
  static const T& Default() {
    static const T* const value = new T();  // never destroyed
    return *value;
  }

  Held* held_ = nullptr;
};

}  // namespace herald
