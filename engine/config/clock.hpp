// The wall clock, as the core counts time; the programs read it, the core never does. It may be set back;
// whoever needs time to go forward sees to that.

#pragma once

#include "engine/model/time.hpp"

namespace triaged {

inline Instant wall_clock()
{
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Duration>(since_epoch).count()};
}

}  // namespace triaged
