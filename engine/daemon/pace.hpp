// Pace: how much of the machine background work may take while the rest of the process is busy.

#pragma once

#include <chrono>

namespace triaged::daemon {

/// For one thread, which asks after each turn of its work. Processors of one core slow each other down and
/// disks serve everybody in turn, so that the lowest priority alone does not keep a thread out of the way.
class Pace {
public:
    /// Above this share of the machine's processors the other threads count as busy.
    static constexpr double busy_share = 0.48;
    /// Then a turn is followed by a breath of so many times its own length: it goes on, at a tenth of its
    /// speed.
    static constexpr int breaths_a_turn = 9;
    static constexpr std::chrono::milliseconds breath_max{1000};

    /// Time gone by, and processor time used.
    struct Used {
        std::chrono::nanoseconds wall{0};
        std::chrono::nanoseconds own{0};     // by this thread
        std::chrono::nanoseconds others{0};  // by the process's other threads together
    };

    Pace();

    /// \return how long to rest now, by what was used since this was asked last.
    std::chrono::nanoseconds breath_after_turn();
    /// \return 0 while the others leave a machine of so many processors idle enough.
    static std::chrono::nanoseconds breath(const Used& since, unsigned processors);

private:
    static Used used();

    Used before_;
};

}  // namespace triaged::daemon
