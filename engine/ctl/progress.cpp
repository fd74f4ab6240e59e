#include "engine/ctl/progress.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::ctl {

namespace {

constexpr Duration redraw_every{100};
constexpr std::size_t bar_cells = 24;
constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

std::string progress_bar(double fraction, std::size_t cells)
{
    const auto share = std::clamp(fraction, 0.0, 1.0);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
    return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'), std::string(cells - full, '-'),
                       share * 100);
}

ProgressLine::ProgressLine(std::ostream& out, bool enabled, Clock clock)
    : out_(out), enabled_(enabled), clock_(std::move(clock)), started_(clock_())
{}

void ProgressLine::show(std::optional<double> fraction, const std::string& text)
{
    if (!enabled_) return;
    const auto now = clock_();
    if (drawn_ && now - *drawn_ < redraw_every) return;
    drawn_ = now;
    const auto bar = fraction ? progress_bar(*fraction, bar_cells) + "  " : std::string();
    out_ << erase_line << bar << text << std::flush;
}

void ProgressLine::clear()
{
    if (!enabled_ || !drawn_) return;
    drawn_.reset();
    out_ << erase_line << std::flush;
}

Duration steady_time()
{
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace triaged::ctl
