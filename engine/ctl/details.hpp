// Details: the parts of which views of one thing are made, a label and a value on each line.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "engine/ctl/table.hpp"

namespace triaged::ctl {

/// Rows of a label and a value; rows without a value are left out.
class Details {
public:
    explicit Details(bool colour) : colour_(colour) {}

    void add(std::string_view label, std::string_view value, Tone tone = Tone::plain);
    std::string render() const;

private:
    struct Row {
        std::string label;
        Cell value;
    };
    bool colour_;
    std::vector<Row> rows_;
};

std::string heading(std::string_view text, bool colour);

/// A text of several lines, indented.
std::string block(std::string_view text);

/// The skills at `key`: `german 5, returns 2`.
std::string skills_of(const boost::json::object& object, std::string_view key);

Tone tone_of_priority(std::string_view priority);

}  // namespace triaged::ctl
