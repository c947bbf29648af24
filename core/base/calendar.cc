// SPDX-License-Identifier: Apache-2.0
#include "core/base/calendar.h"

#include <cstdio>

namespace herald {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// The number in `text`, digits only; -1 otherwise.
int Number(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

// "02:50" as a duration within one day.
std::optional<Duration> ReadHoursAndMinutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = Number(text.substr(0, 2));
  int minute = Number(text.substr(3));
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return hours(hour) + minutes(minute);
}

// "Z", "+01:00": how far local time is ahead of UTC.
std::optional<Duration> ReadOffset(std::string_view text) {
  if (text == "Z" || text == "z") return Duration::zero();
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::optional<Duration> offset = ReadHoursAndMinutes(text.substr(1));
  if (offset && text[0] == '-') offset = -*offset;
  return offset;
}

// Takes ".25" off the front of `text`: up to nine digits are kept. False when
// a point stands there without digits.
bool TakeFraction(std::string_view& text, Duration& fraction) {
  if (text.empty() || text[0] != '.') return true;
  text.remove_prefix(1);
  size_t digits = 0;
  Duration unit = seconds(1);
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
       ++digits) {
    unit /= 10;
    fraction += (text[digits] - '0') * unit;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

year_month_day DayOf(WallTime at) {
  return year_month_day(std::chrono::floor<days>(at));
}

std::string Print(const char* format, int a, int b, int c) {
  char out[40];
  std::snprintf(out, sizeof(out), format, a, b, c);
  return out;
}

}  // namespace

std::optional<WallTime> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  int year = Number(text.substr(0, 4));
  int month = Number(text.substr(5, 2));
  int day = Number(text.substr(8, 2));
  if (year < kFirstYear || year > kLastYear || month < 1 || day < 1) {
    return std::nullopt;
  }
  year_month_day date(std::chrono::year{year},
                      std::chrono::month(static_cast<unsigned>(month)),
                      std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return WallTime(sys_days(date));
}

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) {
    return std::nullopt;
  }
  std::optional<WallTime> day = ParseDate(text.substr(0, 10));
  std::optional<Duration> clock = ReadHoursAndMinutes(text.substr(11, 5));
  int second = text[16] == ':' ? Number(text.substr(17, 2)) : -1;
  if (!day || !clock || second < 0 || second > 59) return std::nullopt;
  std::string_view rest = text.substr(19);
  Duration fraction = Duration::zero();
  if (!TakeFraction(rest, fraction)) return std::nullopt;
  std::optional<Duration> offset = ReadOffset(rest);
  if (!offset) return std::nullopt;
  return *day + *clock + seconds(second) + fraction - *offset;
}

std::string ToDate(WallTime at) {
  year_month_day date = DayOf(at);
  return Print("%04d-%02d-%02d", static_cast<int>(date.year()),
               static_cast<int>(static_cast<unsigned>(date.month())),
               static_cast<int>(static_cast<unsigned>(date.day())));
}

std::string ToRfc3339(WallTime at) {
  Duration of_day = at - std::chrono::floor<days>(at);
  auto whole = std::chrono::duration_cast<seconds>(of_day);
  int count = static_cast<int>(whole.count());
  std::string out = ToDate(at) + Print("T%02d:%02d:%02d", count / 3600,
                                       count / 60 % 60, count % 60);
  int64_t nanos = (of_day - whole).count();
  if (nanos != 0) {
    std::string digits = std::to_string(nanos);
    digits.insert(0, 9 - digits.size(), '0');
    out += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return out + "Z";
}

}  // namespace herald
