// Truth: what a condition may be. A fact that is missing makes it unknown, and only `yes` fires a rule.

#pragma once

#include <cstdint>
#include <string_view>

namespace triaged::rulebook {

enum class Truth : std::uint8_t {
    no,
    unknown,
    yes
};  // in order: `all` is the least of its parts, `any` the greatest

std::string_view to_string(Truth truth);

constexpr Truth negate(Truth truth)
{
    return static_cast<Truth>(static_cast<int>(Truth::yes) - static_cast<int>(truth));
}

}  // namespace triaged::rulebook
