// SPDX-License-Identifier: Apache-2.0
//
// The bytes an HTTP/1.1 connection still has to write: heads, framing and
// bodies in one piece of memory, so that a small message leaves in one write
// and a body is copied once. It remembers which bytes are body, because credit
// (StreamEvents::OnSent) is counted in those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald::http {

// A member of an H1End. One thread.
class H1Output {
 public:
  // For heads and framing, to be appended to only.
  std::string& text() { return text_; }

  void AppendBody(std::string_view bytes);

  std::string_view View() const {
    return std::string_view(text_).substr(written_);
  }
  bool empty() const { return written_ == text_.size(); }

  // The first `n` bytes of View() are written. Returns how many of them were
  // body since the last ForgetBody.
  size_t Wrote(size_t n);

  // The exchange is over: nobody asks for the credit of its body any more.
  void ForgetBody();

  void Clear();

 private:
  // A run of body bytes in text_.
  struct Run {
    size_t begin;
    size_t end;
  };
  void Shrink();

  std::string text_;
  size_t written_ = 0;  // bytes of text_ gone already
  std::vector<Run> runs_;
  size_t first_run_ = 0;
};

}  // namespace herald::http
