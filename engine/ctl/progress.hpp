// Progress: one line of a terminal that is redrawn while long work goes on.

#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "engine/model/time.hpp"

namespace triaged::ctl {

/// `[#####-----]  50 %`; \param fraction 0 to 1.
std::string progress_bar(double fraction, std::size_t cells);

class ProgressLine {
public:
    using Clock = std::function<Duration()>;  // time passed since some moment; never runs backwards

    /// Draws on `out` if `enabled`, else does nothing.
    ProgressLine(std::ostream& out, bool enabled, Clock clock);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    /// Redraws with `text`, ten times a second at most. `fraction` is unknown for endless input.
    void show(std::optional<double> fraction, const std::string& text);

    /// Removes the line, so that other output can stand in its place.
    void clear();

    Duration elapsed() const { return clock_() - started_; }

private:
    std::ostream& out_;
    bool enabled_;
    Clock clock_;
    Duration started_;
    std::optional<Duration> drawn_;  // when last; nothing while no line is there
};

/// The machine's steady clock.
Duration steady_time();

}  // namespace triaged::ctl
